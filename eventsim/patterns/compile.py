"""From a pattern's JSON to its nodes, refusing what the language doesn't allow (FLT-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.patterns.errors import PatternError, describe, join, quote
from eventsim.patterns.exact import Test, exact_test
from eventsim.patterns.json_numbers import number_value
from eventsim.patterns.nodes import Alternatives, Branch, Leaf, Node
from eventsim.patterns.operators import operator_of, operator_test

if TYPE_CHECKING:
    from eventsim.patterns.dialects import Dialect

OR: Final = "$or"
# A choice: no limit is published, and 4,096 characters could hold 800 levels.
_DEEPEST: Final = 100


def compile_root(pattern: dict[str, Any], dialect: Dialect) -> Branch:
    """Compile a whole pattern; the combinations of its ``$or`` alternatives are limited (FLT-18)."""
    if not pattern and dialect.empty_pattern:
        return Branch(())
    branch, combinations = _branch(pattern, "", dialect, depth=1)
    limit = dialect.or_combinations
    if combinations > limit:
        raise PatternError("", f"more than {limit:,} combinations of $or alternatives", f"at most {limit:,}")
    return branch


def _branch(pattern: dict[str, Any], path: str, dialect: Dialect, depth: int) -> tuple[Branch, int]:
    if not pattern:
        raise PatternError(path, "an empty object", "at least one key", wording="Empty objects are not allowed")
    if depth > _DEEPEST:
        raise PatternError("", f"more than {_DEEPEST} levels of objects", f"at most {_DEEPEST}")
    entries, combinations = [], 1
    for name, value in pattern.items():
        if not isinstance(name, str):
            raise PatternError(path, f"{describe(name)} as a key", "strings as keys")
        node, count = _node(name, value, join(path, name), dialect, depth)
        entries.append((name, node))
        combinations *= count
    return Branch(tuple(entries)), combinations


def _node(name: str, value: Any, path: str, dialect: Dialect, depth: int) -> tuple[Node, int]:
    if name == OR and _holds_alternatives(value, dialect):
        return _alternatives(value, path, dialect, depth)
    if isinstance(value, dict):
        return _branch(value, path, dialect, depth + 1)
    if isinstance(value, list):
        return _leaf(value, path, dialect), 1
    allowed = "a list of values, or an object"
    if isinstance(value, str | int | float | None):
        allowed += f", as in [{quote(value) if isinstance(value, str) else describe(value)}]"
    raise PatternError(path, describe(value), allowed, wording=f'"{name}" must be an object or an array')


def _holds_alternatives(value: Any, dialect: Dialect) -> bool:
    """Whether ``$or`` relates objects of fields: a list of plain values or operators makes it an ordinary key."""
    if isinstance(value, dict):
        return True
    objects = [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []
    return any(not dialect.operators.issuperset(element) for element in objects)


def _alternatives(value: Any, path: str, dialect: Dialect, depth: int) -> tuple[Node, int]:
    allowed = "a list of two or more objects"
    if not isinstance(value, list):
        raise PatternError(path, describe(value), allowed)
    if len(value) < 2:
        raise PatternError(path, "a list of one object", allowed)
    branches, combinations = [], 0
    for position, element in enumerate(value):
        place = f"{path}[{position}]"
        if not isinstance(element, dict):
            raise PatternError(place, describe(element), "an object, since another alternative is one")
        branch, count = _branch(element, place, dialect, depth + 1)
        branches.append(branch)
        combinations += count
    return Alternatives(tuple(branches)), combinations


def _is_scalar(value: Any) -> bool:
    number = number_value(value)
    finite = number is not None and number - number == 0  # neither NaN nor infinite
    return value is None or isinstance(value, bool | str) or finite


def _leaf(values: list[Any], path: str, dialect: Dialect) -> Leaf:
    if not values:
        raise PatternError(path, "an empty list", "at least one value", wording="Empty arrays are not allowed")
    exact: list[Any] = []
    tests: list[Test] = []
    absent = False
    for value in values:
        if isinstance(value, dict):
            name, argument = operator_of(value, path, dialect)
            if name == "exists" and argument is False:
                absent = True
            else:
                tests.append(operator_test(name, argument, path, dialect))
        elif _is_scalar(value):
            exact.append(value)
        else:
            wording = "Match value must be String, number, true, false, or null"
            allowed = "strings, numbers, true, false, null and operators"
            raise PatternError(path, f"{describe(value)} in a list of values", allowed, wording=wording)
    strings = frozenset(value for value in exact if type(value) is str)
    if len(strings) < len(exact):
        tests.insert(0, exact_test(exact, numbers_by_value=dialect.numbers_by_value))
    return Leaf(strings, tuple(tests), absent=absent)
