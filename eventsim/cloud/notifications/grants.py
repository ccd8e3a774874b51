"""Who may do what with an object: enough of an ACL to tell whether it changed."""

from __future__ import annotations

from eventsim.cloud.notifications.documents import find, find_all, parse, text_of

Grants = frozenset[tuple[str, str]]
"""Pairs of a grantee (id, group URI or e-mail address) and a permission."""


def read_grants(policy: bytes) -> Grants | None:
    """The grants of an AccessControlPolicy; None when it is no such document."""
    root = parse(policy)
    if root is None:
        return None
    grants = set()
    for grant in find_all(find(root, "AccessControlList"), "Grant"):
        grantee = find(grant, "Grantee")
        names = (text_of(grantee, name) for name in ("ID", "URI", "EmailAddress"))
        grants.add((next((name for name in names if name), ""), text_of(grant, "Permission") or ""))
    return frozenset(grants)
