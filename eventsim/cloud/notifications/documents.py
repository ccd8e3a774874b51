"""The little of XML that S3's requests and answers need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"


def parse(body: bytes) -> Element | None:
    """The root of a document, None when it is not well-formed; `name_of` tells names without their namespaces."""
    from xml.etree.ElementTree import ParseError, fromstring

    try:
        return fromstring(body)  # noqa: S314 - expat itself stops documents that blow up
    except ParseError:
        return None


def name_of(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def find_all(parent: Element | None, name: str) -> list[Element]:
    """The direct children of that name, whatever their namespace."""
    return [] if parent is None else [child for child in parent if name_of(child) == name]


def find(parent: Element | None, name: str) -> Element | None:
    """The first direct child of that name."""
    return next(iter(find_all(parent, name)), None)


def text_of(parent: Element | None, name: str) -> str | None:
    """The text of the first direct child of that name, "" for an empty one; None without such a child."""
    child = find(parent, name)
    return None if child is None else child.text or ""
