"""Notification configurations as S3's XML of 2006-03-01 (S3-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.cloud.notifications.configuration import Entry, Kind
from eventsim.cloud.notifications.documents import NAMESPACE, find, find_all, name_of, parse, text_of
from eventsim.cloud.notifications.errors import malformed_xml
from eventsim.cloud.protocols import escape

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from eventsim.cloud.notifications.configuration import NotificationConfiguration, Subscription

_NAMES: Final = {Kind.TOPIC: "Topic", Kind.QUEUE: "Queue", Kind.FUNCTION: "CloudFunction"}
_KINDS: Final = {f"{name}Configuration": kind for kind, name in _NAMES.items()}
_EVENT_BRIDGE: Final = "EventBridgeConfiguration"


def read_configuration(body: bytes) -> tuple[list[Entry], bool]:
    """The configurations in a request's body, and whether events go to EventBridge; S3Error MalformedXML."""
    root = parse(body)
    if root is None or name_of(root) != "NotificationConfiguration":
        raise malformed_xml()
    entries, event_bridge = [], False
    for element in root:
        name = name_of(element)
        if name in _KINDS:
            entries.append(_read_entry(_KINDS[name], element))
        elif name == _EVENT_BRIDGE:
            event_bridge = True
        else:
            raise malformed_xml()
    return entries, event_bridge


def write_configuration(configuration: NotificationConfiguration) -> bytes:
    """The document that GetBucketNotificationConfiguration answers with; names of filter rules as S3 writes them."""
    parts = [_write(one) for kind in Kind for one in configuration.subscriptions if one.kind is kind]
    if configuration.event_bridge:
        parts.append(f"<{_EVENT_BRIDGE}/>")
    text = f'<NotificationConfiguration xmlns="{NAMESPACE}">{"".join(parts)}</NotificationConfiguration>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _read_entry(kind: Kind, element: Element) -> Entry:
    if {name_of(child) for child in element} - {"Id", "Event", "Filter", _NAMES[kind]}:
        raise malformed_xml()
    found = find(element, "Filter")
    return Entry(
        kind=kind,
        arn=text_of(element, _NAMES[kind]) or "",
        events=tuple(child.text or "" for child in find_all(element, "Event")),
        rules=None if found is None else tuple(_read_rules(found)),
        id=text_of(element, "Id"),
    )


def _read_rules(element: Element) -> list[tuple[str, str]]:
    rules = find_all(find(element, "S3Key"), "FilterRule")
    return [(text_of(rule, "Name") or "", text_of(rule, "Value") or "") for rule in rules]


def _write(one: Subscription) -> str:
    name = _NAMES[one.kind]
    parts = [_element("Id", one.id), _element(name, one.arn), *(_element("Event", event) for event in one.events)]
    if one.filter.rules:
        rules = "".join(
            f"<FilterRule>{_element('Name', rule)}{_element('Value', value)}</FilterRule>"
            for rule, value in one.filter.rules
        )
        parts.append(f"<Filter><S3Key>{rules}</S3Key></Filter>")
    return f"<{name}Configuration>{''.join(parts)}</{name}Configuration>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
