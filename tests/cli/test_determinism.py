from __future__ import annotations

from tests.determinism import first_difference


def test_equal_traces_have_no_difference() -> None:
    assert first_difference(b"a\nb\n", b"a\nb\n") is None


def test_the_first_line_that_differs_is_shown() -> None:
    assert first_difference(b"a\nb\nc\n", b"a\nx\ny\n") == "line 2\n  b\n  x"
    assert first_difference(b"a\nb\n", b"a\n") == "line 2\n  b\n  "
    assert first_difference(b"a\n", b"a") == "line 2\n  \n  (end)"
