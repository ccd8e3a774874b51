"""The ways to name a function."""

from __future__ import annotations

import pytest

from eventsim.errors import AwsError
from eventsim.functions.names import read_function_name, unqualified

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"


@pytest.mark.rule("FUN-16")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("f", ("f", "$LATEST", None, None)),
        ("f:7", ("f", "7", None, None)),
        ("f:$LATEST", ("f", "$LATEST", None, None)),
        ("function:f", ("f", "$LATEST", None, None)),
        ("123456789012:function:f:live", ("f", "live", None, "123456789012")),
        (ARN, ("f", "$LATEST", "eu-west-1", "123456789012")),
        (f"{ARN}:live", ("f", "live", "eu-west-1", "123456789012")),
    ],
)
def test_a_name_may_stand_alone_or_within_an_arn(given: str, expected: tuple[str | None, ...]) -> None:
    assert tuple(read_function_name(given)) == expected


@pytest.mark.rule("FUN-16")
def test_two_qualifiers_have_to_agree() -> None:
    assert read_function_name("f:1", "1").qualifier == read_function_name("f", "1").qualifier == "1"
    with pytest.raises(AwsError) as caught:
        read_function_name(f"{ARN}:1", "2")
    assert str(caught.value) == (
        "InvalidParameterValueException: The derived qualifier from the function name does not match the specified "
        "qualifier."
    )


@pytest.mark.rule("GEN-06")
@pytest.mark.parametrize("given", ["", "a b", "arn:aws:sqs:us-east-1:123456789012:q", "f:", f"{ARN}:a:b"])
def test_what_is_no_name_is_refused(given: str) -> None:
    with pytest.raises(AwsError, match="ValidationException: 1 validation error detected"):
        read_function_name(given)


def test_an_arn_loses_its_qualifier() -> None:
    assert unqualified(f"{ARN}:live") == unqualified(ARN) == ARN
