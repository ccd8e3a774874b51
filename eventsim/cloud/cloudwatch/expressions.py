"""Metric math: arithmetic on the series of a GetMetricData request."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any, Final

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Series = dict[float, float]

_OPERATORS: Final[dict[type, Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.BitXor: operator.pow,  # ^ is a power there
}
_REDUCERS: Final[dict[str, Callable[[list[float]], float]]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
}


def is_search(expression: str) -> bool:
    """Whether an expression asks for metrics by a search or a query, and not by the ids of the request."""
    head = expression.lstrip().upper()
    return head.startswith(("SEARCH", "SELECT", "METRICS"))


def evaluate(expression: str, series: Mapping[str, Series]) -> Series:
    """The series that an expression comes to: numbers, ids, ``+ - * / ^``, and SUM, AVG, MIN, MAX and FILL of them.

    A point is there where all of its parts have one; a division by zero has none. Raises AwsError ValidationError.
    """
    try:
        found = _value(ast.parse(expression, mode="eval").body, series)
    except SyntaxError:
        raise _invalid(expression) from None
    if isinstance(found, dict):
        return found
    raise _invalid(expression, "it comes to a number, not to a time series")


def _value(node: ast.expr, series: Mapping[str, Series]) -> Series | float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in series:
            return series[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _combine(operator.mul, -1.0, _value(operand, series))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _combine(_OPERATORS[type(op)], _value(left, series), _value(right, series))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, args, series)
    raise _invalid(ast.unparse(node))


def _call(name: str, args: list[ast.expr], series: Mapping[str, Series]) -> Series | float:
    if name == "FILL" and len(args) == 2:
        return _fill(_value(args[0], series), _value(args[1], series), series)
    reduce = _REDUCERS.get(name)
    if reduce is None or not args:
        raise _invalid(name)
    parts = _parts(args, series)
    if len(parts) == 1 and isinstance(parts[0], dict):
        return reduce([*parts[0].values()]) if parts[0] else 0.0
    times = sorted({at_s for part in parts if isinstance(part, dict) for at_s in part})
    return {at_s: reduce([part[at_s] for part in parts if isinstance(part, dict) and at_s in part]) for at_s in times}


def _parts(args: list[ast.expr], series: Mapping[str, Series]) -> list[Series | float]:
    match args:
        case [ast.Call(func=ast.Name(id="METRICS"), args=[])]:
            return [*series.values()]
        case [ast.List(elts=elements)]:
            return [_value(element, series) for element in elements]
    return [_value(arg, series) for arg in args]


def _fill(filled: Series | float, value: Series | float, series: Mapping[str, Series]) -> Series:
    if not isinstance(filled, dict) or isinstance(value, dict):
        raise _invalid("FILL", "it takes a time series and a number")
    times = sorted({at_s for one in series.values() for at_s in one})
    return {at_s: filled.get(at_s, value) for at_s in times}


def _combine(combine: Callable[[float, float], float], left: Series | float, right: Series | float) -> Series | float:
    if not isinstance(left, dict) and not isinstance(right, dict):
        return combine(left, right)
    times = sorted(set.intersection(*(set(one) for one in (left, right) if isinstance(one, dict))))
    found: Series = {}
    for at_s in times:
        one = left[at_s] if isinstance(left, dict) else left
        other = right[at_s] if isinstance(right, dict) else right
        try:
            found[at_s] = combine(one, other)
        except (ZeroDivisionError, OverflowError):
            continue
    return found


def _invalid(expression: Any, why: str = "it is not supported here") -> AwsError:
    return AwsError("ValidationError", f"Error in expression {expression!r}: {why}.")
