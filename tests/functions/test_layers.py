"""Layers, which are checked and nothing else."""

from __future__ import annotations

import pytest

from eventsim.functions.layers import check_layers

LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:"


@pytest.mark.rule("FUN-20")
def test_five_different_layers_are_allowed() -> None:
    assert check_layers([f"{LAYER}l{n}:1" for n in range(5)]) is None


@pytest.mark.rule("FUN-20")
def test_a_sixth_and_a_second_version_of_one_are_refused() -> None:
    assert check_layers([f"{LAYER}l{n}:1" for n in range(6)]) is not None
    error = check_layers([f"{LAYER}a:1", f"{LAYER}a:2"])
    assert str(error).startswith(
        "InvalidParameterValueException: Two different versions of the same layer are not allowed to be referenced in "
        "the same function. "
    )
