"""The numeric operator: ``["=", n]``, one-sided and two-sided ranges (FLT-10, FLT-15)."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from eventsim.patterns.errors import PatternError, describe
from eventsim.patterns.json_numbers import number_value
from eventsim.patterns.numeric_wording import numeric_wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.patterns.dialects import Dialect
    from eventsim.patterns.exact import Test

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LOWER: Final = (">", ">=")
_UPPER: Final = ("<", "<=")
_FORMS: Final = '["=", n], ["<", n], ["<=", n], [">", n], [">=", n] or a lower and then an upper bound'
_SIGNIFICANT_DIGITS: Final = 15


def numeric_test(argument: Any, path: str, dialect: Dialect) -> Test:
    """Whether a number's value lies in the given range; values beyond the dialect's limit never do."""
    terms = _terms(argument, path)
    limit = dialect.number_limit
    bounds = [(_COMPARE[sign], _operand(sign, value, path, dialect)) for sign, value in terms]
    if len(bounds) == 1:
        ((compare, bound),) = bounds

        def one_sided(value: Any) -> bool:
            number = number_value(value)
            return number is not None and -limit <= number <= limit and compare(number, bound)

        return one_sided
    (above, bottom), (below, top) = bounds
    if bottom >= top:
        found = f"a lower bound of {describe(terms[0][1])} with an upper bound of {describe(terms[1][1])}"
        raise PatternError(path, found, "a lower bound below the upper one", wording="Bottom must be less than top")

    def two_sided(value: Any) -> bool:
        number = number_value(value)
        return number is not None and -limit <= number <= limit and above(number, bottom) and below(number, top)

    return two_sided


def _terms(argument: Any, path: str) -> list[tuple[str, Any]]:
    if not isinstance(argument, list):
        raise PatternError(path, describe(argument), _FORMS, wording="Value of numeric must be an array.")
    wording = numeric_wording(argument)
    signs, values = argument[0::2], argument[1::2]
    for sign in signs:
        if not isinstance(sign, str) or sign not in _COMPARE:
            raise PatternError(path, f"{describe(sign)} as a comparison", _FORMS, wording=wording)
    if not values or len(signs) != len(values):
        raise PatternError(path, "a comparison without a number", _FORMS, wording=wording)
    two_sided = len(signs) == 2 and signs[0] in _LOWER and signs[1] in _UPPER
    if len(signs) > 1 and not two_sided:
        found = "the comparisons " + " ".join(f'"{sign}"' for sign in signs)
        raise PatternError(path, found, _FORMS, wording=wording)
    return list(zip(signs, values, strict=True))


def _operand(sign: str, operand: Any, path: str, dialect: Dialect) -> float:
    value = number_value(operand)
    if value is None:
        wording = f"Value of {'equals' if sign == '=' else sign} must be numeric"
        raise PatternError(path, f'{describe(operand)} after "{sign}"', "a number", wording=wording)
    if not -dialect.number_limit <= value <= dialect.number_limit:
        wording = f"Value must be between {-dialect.number_limit:.1E} and {dialect.number_limit:.1E}, inclusive"
        allowed = f"numbers from {-dialect.number_limit:,.0f} to {dialect.number_limit:,.0f}"
        raise PatternError(path, describe(operand), allowed, wording=wording.replace("E+0", "E"))
    if type(value) is not int and _too_precise(str(operand), dialect.number_decimals):
        allowed = f"at most {_SIGNIFICANT_DIGITS} digits, {dialect.number_decimals} of them after the point"
        raise PatternError(path, describe(operand), allowed)
    return value


def _too_precise(text: str, decimals: int) -> bool:
    from decimal import Decimal

    number = Decimal(text).normalize().as_tuple()
    return len(number.digits) > _SIGNIFICANT_DIGITS or -int(number.exponent) > decimals
