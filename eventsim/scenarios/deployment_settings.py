"""What a function's properties say of its versions, its alias and its cost (FUN-14, FUN-15, CON-09, FUN-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from eventsim.scenarios.convert import Field, list_of, mapping, read_whole, shown
from eventsim.scenarios.values import boolean, integer, integer_between, one_of, text

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.yaml_nodes import Node

ARCHITECTURES = ("x86_64", "arm64")


class DeploymentSpec(Struct, frozen=True, kw_only=True):
    """The alias that a deployment publishes a version for, and the provisioned concurrency that the alias has.

    With *all_properties* an update of any property is a deployment too; without, as in SAM, one of the code alone.
    """

    alias: str
    all_properties: bool = False
    provisioned: int | None = None


class AliasChange(Struct, frozen=True, kw_only=True):
    """An alias that an update makes or changes; *weights* None leaves them, {} takes them away."""

    name: str
    version: str | None = None
    weights: dict[str, float] | None = None


def read_deployment(reading: Reading, node: Node, path: str, values: dict[str, Any]) -> DeploymentSpec | None:
    """What the properties that were read say; None without AutoPublishAlias."""
    alias = values.get("AutoPublishAlias")
    provisioned = values.get("ProvisionedConcurrencyConfig")
    if alias is None:
        if provisioned is not None and "AutoPublishAlias" not in mapping(reading, node, path):
            reading.error(
                node.keys["ProvisionedConcurrencyConfig"],
                f"{path}.ProvisionedConcurrencyConfig",
                "found ProvisionedConcurrencyConfig without AutoPublishAlias, the alias that it is for",
            )
        return None
    all_properties = values.get("AutoPublishAliasAllProperties", False)
    return DeploymentSpec(alias=alias, all_properties=all_properties, provisioned=provisioned)


def alias_name(reading: Reading, node: Node, path: str) -> str:
    """An alias's name."""
    from eventsim.errors import AwsError
    from eventsim.functions.aliases import check_name

    name = text(reading, node, path)
    try:
        check_name(name)
    except AwsError as error:
        reading.refuse(node, path, str(error))
    return name


def provisioned(reading: Reading, node: Node, path: str) -> int:
    """ProvisionedConcurrencyConfig: how many environments."""
    table: Table = {"ProvisionedConcurrentExecutions": Field(integer_between(1, 1_000_000), required=True)}
    amount: int = read_whole(reading, node, path, table, "ProvisionedConcurrencyConfig")[
        "ProvisionedConcurrentExecutions"
    ]
    return amount


def alias_change(reading: Reading, node: Node, path: str) -> AliasChange:
    """The alias of an update, under CreateAlias's names."""
    table: Table = {
        "Name": Field(alias_name, required=True),
        "FunctionVersion": Field(_version),
        "RoutingConfig": Field(_routing),
    }
    values = read_whole(reading, node, path, table, "alias")
    return AliasChange(name=values["Name"], version=values.get("FunctionVersion"), weights=values.get("RoutingConfig"))


def _version(reading: Reading, node: Node, path: str) -> str:
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return str(node.value)
    return text(reading, node, path)


def _routing(reading: Reading, node: Node, path: str) -> dict[str, float]:
    table: Table = {"AdditionalVersionWeights": Field(_weights)}
    weights: dict[str, float] = read_whole(reading, node, path, table, "RoutingConfig").get(
        "AdditionalVersionWeights", {}
    )
    return weights


def _weights(reading: Reading, node: Node, path: str) -> dict[str, float]:
    read = {}
    for version, member in mapping(reading, node, path).items():
        if isinstance(member.value, bool) or not isinstance(member.value, int | float):
            reading.refuse(member, f"{path}.{version}", f"found {shown(member)}, expected a number from 0.0 to 1.0")
        read[str(version)] = float(member.value)
    return read


def architecture(reading: Reading, node: Node, path: str) -> str:
    """Architectures: a list of one."""
    found = list_of(one_of(*ARCHITECTURES))(reading, node, path)
    if len(found) != 1:
        reading.refuse(node, path, f"found {shown(node)}, expected one of {', '.join(ARCHITECTURES)}, in a list")
    return str(found[0])


def ephemeral_mb(reading: Reading, node: Node, path: str) -> int:
    """EphemeralStorage: its size in MB."""
    table: Table = {"Size": Field(integer, required=True)}
    size: int = read_whole(reading, node, path, table, "EphemeralStorage")["Size"]
    return size


def layers(reading: Reading, node: Node, path: str) -> list[str]:
    """Layers: ARNs of layer versions, which are checked and do nothing else."""
    from eventsim.functions.layers import check_layers

    found: list[str] = list_of(text)(reading, node, path)
    error = check_layers(found)
    if error is not None:
        reading.refuse(node, path, str(error))
    section, name, _ = path.split(".", 2)
    reading.note_without_effect(section, "Layers", name, (node.line, node.column))
    return found


DEPLOYMENT: Table = {
    "AutoPublishAlias": Field(alias_name),
    "AutoPublishAliasAllProperties": Field(boolean),
    "ProvisionedConcurrencyConfig": Field(provisioned),
    "Architectures": Field(architecture),
    "EphemeralStorage": Field(ephemeral_mb),
    "Layers": Field(layers),
    "RecursiveLoop": Field(one_of("Terminate", "Allow")),
}
"""The properties that are read here, by AWS SAM's names."""
