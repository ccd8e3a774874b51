"""Which events and keys a configuration is about, and which configurations can't stand side by side."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.notifications.checks import check_configuration
from eventsim.cloud.notifications.configuration import Entry, Kind
from eventsim.cloud.notifications.errors import S3Error
from eventsim.cloud.notifications.event_types import EVENT_TYPES, expand
from eventsim.cloud.notifications.key_filter import KeyFilter
from tests.cloud.buckets import FUNCTION, TOPIC

QUEUE = "arn:aws:sqs:us-east-1:123456789012:inbox"
OVERLAP = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
    "overlapping for the same event type."
)
CONSTRAINT = "The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: "
CREATED = "s3:ObjectCreated:*"

keys = st.text(st.sampled_from("ab +%é/@."), max_size=6)


def filter_of(prefix: str | None = None, suffix: str | None = None) -> KeyFilter:
    rules = (("Prefix", prefix), ("Suffix", suffix))
    return KeyFilter((name, value) for name, value in rules if value is not None)


def entry(*events: str, prefix: str | None = None, suffix: str | None = None, arn: str = QUEUE) -> Entry:
    kind = next(one for one in Kind if f":{one.value}:" in arn)
    given_rules = [("prefix", prefix), ("suffix", suffix)]
    rules = tuple((name, value) for name, value in given_rules if value is not None)
    return Entry(kind=kind, arn=arn, events=events or (CREATED,), rules=rules or None)


def check(*entries: Entry) -> list[str]:
    """The ids of the configurations, or the error's text."""
    found = check_configuration(entries, False, region="us-east-1", draw_id=iter("abcdefgh").__next__)
    return [one.id for one in found.subscriptions]


def refusal(*entries: Entry) -> tuple[str, str]:
    with pytest.raises(S3Error) as caught:
        check(*entries)
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


def filtered(*rules: tuple[str, str]) -> Entry:
    return Entry(kind=Kind.QUEUE, arn=QUEUE, events=(CREATED,), rules=rules)


# --- event types ---


@pytest.mark.rule("S3-05")
def test_a_wildcard_stands_for_its_whole_family() -> None:
    assert sorted(expand("s3:ObjectRemoved:*") or ()) == [
        "s3:ObjectRemoved:Delete",
        "s3:ObjectRemoved:DeleteMarkerCreated",
    ]
    assert expand("s3:ObjectAcl:Put") == frozenset(["s3:ObjectAcl:Put"])
    assert [expand(name) for name in ("s3:ObjectAcl:*", "s3:*", "ObjectCreated:Put", "")] == [None] * 4


@pytest.mark.rule("S3-05")
def test_the_names_are_those_of_s3s_own_model() -> None:
    from eventsim.cloud.boto_loader import shared_loader

    names = shared_loader().load_service_model("s3", "service-2")["shapes"]["Event"]["enum"]
    assert [name for name in names if expand(name) is None] == []
    assert set(EVENT_TYPES) == {name for name in names if not name.endswith("*")}


# --- filters ---


@pytest.mark.rule("S3-06")
@pytest.mark.parametrize(
    ("prefix", "key", "matches"),
    [
        ("img/", "img/a.jpg", True),
        ("img/", "IMG/a.jpg", False),
        ("my+photos/", "my photos/a", True),
        ("my photos/", "my photos/a", True),
        ("my%20photos/", "my photos/a", True),
        ("my+photos/", "my+photos/a", False),
        ("my%2Bphotos/", "my+photos/a", True),
        ("%C3%A9", "étude", True),
        ("é", "étude", True),
        ("%C3", "étude", True),
        ("100%", "100%", True),
        ("a*", "abc", False),
        ("", "", True),
    ],
)
def test_a_prefix_is_compared_with_the_decoded_key(prefix: str, key: str, matches: bool) -> None:
    assert filter_of(prefix).matches(key) is matches


@pytest.mark.rule("S3-06")
@given(prefix=keys, middle=keys, suffix=keys)
def test_a_key_matches_its_own_beginning_and_end_in_either_encoding(prefix: str, middle: str, suffix: str) -> None:
    key = prefix + middle + suffix
    assert filter_of(quote_plus(prefix), quote(suffix)).matches(key)
    assert filter_of(quote(prefix), quote_plus(suffix)).matches(key)


@pytest.mark.rule("S3-06")
@given(prefix=keys, suffix=keys, key=keys)
def test_a_filter_matches_what_begins_and_ends_so_and_nothing_else(prefix: str, suffix: str, key: str) -> None:
    expected = key.startswith(prefix) and key.endswith(suffix)
    assert filter_of(quote_plus(prefix), quote_plus(suffix)).matches(key) is expected


@pytest.mark.rule("S3-08")
@given(st.tuples(keys, keys), st.tuples(keys, keys))
def test_filters_overlap_exactly_if_some_key_matches_both(one: tuple[str, str], other: tuple[str, str]) -> None:
    filters = [filter_of(quote_plus(prefix), quote_plus(suffix)) for prefix, suffix in (one, other)]
    key = max(one[0], other[0], key=len) + max(one[1], other[1], key=len)
    assert filters[0].overlaps(filters[1]) is filters[1].overlaps(filters[0])
    assert filters[0].overlaps(filters[1]) is all(each.matches(key) for each in filters)


# --- what S3 refuses ---


@pytest.mark.rule("S3-07", "S3-08")
@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        (entry(CREATED), entry("s3:ObjectCreated:Put", arn=TOPIC), OVERLAP),
        (entry("s3:ObjectCreated:Put"), entry("s3:ObjectCreated:Put", arn=FUNCTION), OVERLAP),
        (entry(CREATED, prefix="img/"), entry(CREATED), AMBIGUOUS),
        (entry(CREATED, prefix="img/"), entry(CREATED, prefix="img/raw/"), AMBIGUOUS),
        (entry(CREATED, prefix="img/"), entry(CREATED, suffix=".jpg"), AMBIGUOUS),
        (entry(CREATED, suffix="jpg"), entry(CREATED, suffix=".jpg"), AMBIGUOUS),
        (entry(CREATED, prefix="a+b"), entry(CREATED, prefix="a%20"), AMBIGUOUS),
    ],
)
def test_two_configurations_may_not_be_about_the_same(one: Entry, other: Entry, text: str) -> None:
    assert refusal(one, other) == refusal(other, one) == ("InvalidArgument", text)


@pytest.mark.rule("S3-07", "S3-08")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (entry(CREATED), entry("s3:ObjectRemoved:*")),
        (entry("s3:ObjectCreated:Put"), entry("s3:ObjectCreated:Copy")),
        (entry(CREATED, prefix="img/"), entry(CREATED, prefix="doc/")),
        (entry(CREATED, prefix="img/", suffix=".jpg"), entry(CREATED, prefix="img/raw/", suffix=".png")),
        (entry(CREATED, suffix=".jpg"), entry(CREATED, suffix=".png")),
    ],
)
def test_two_configurations_may_share_what_they_do_not_both_match(one: Entry, other: Entry) -> None:
    assert check(one, other) == ["a", "b"]


@pytest.mark.rule("S3-08")
@pytest.mark.parametrize("events", [(CREATED, "s3:ObjectCreated:Put"), ("s3:ObjectCreated:Put", CREATED)])
def test_one_list_of_events_may_not_name_a_type_twice(events: tuple[str, ...]) -> None:
    assert refusal(entry(*events)) == ("InvalidArgument", OVERLAP)
    assert refusal(entry(*events, prefix="a")) == ("InvalidArgument", OVERLAP)


@pytest.mark.rule("S3-06")
@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ((("prefix", "a"), ("Prefix", "b")), "Cannot specify more than one prefix rule in a filter."),
        ((("SUFFIX", "a"), ("suffix", "b")), "Cannot specify more than one suffix rule in a filter."),
        ((("infix", "a"),), "filter rule name must be either prefix or suffix"),
        (
            (("prefix", "é" * 513),),
            "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
        ),
    ],
)
def test_a_filter_has_one_prefix_and_one_suffix(rules: tuple[tuple[str, str], ...], text: str) -> None:
    assert refusal(filtered(*rules)) == ("InvalidArgument", text)


@pytest.mark.rule("S3-06")
def test_a_rule_may_be_as_long_as_a_key_and_its_name_in_any_case() -> None:
    assert check(filtered(("PREFIX", "a" * 1024), ("sUffix", ""))) == ["a"]


@pytest.mark.rule("S3-02", "S3-03")
@pytest.mark.parametrize(
    ("kind", "arn", "text"),
    [
        (Kind.QUEUE, "inbox", "The ARN could not be parsed"),
        (Kind.FUNCTION, "arn:aws:lambda", "The ARN could not be parsed"),
        (Kind.QUEUE, QUEUE + ".fifo", "FIFO SQS queues are not supported."),
        (
            Kind.TOPIC,
            TOPIC + ".fifo",
            CONSTRAINT + r"^arn:aws[\p{Alpha}\-]*:sns:[\p{Alnum}\-]+:[\p{Digit}]{12}:[\p{Alnum}\-_]{1,256}$",
        ),
        (
            Kind.QUEUE,
            TOPIC,
            CONSTRAINT + r"^arn:aws[\p{Alpha}\-]*:sqs:[\p{Alnum}\-]+:[\p{Digit}]{12}:[\p{Alnum}\-_]{1,80}$",
        ),
        (
            Kind.FUNCTION,
            QUEUE,
            CONSTRAINT
            + r"^arn:aws[a-zA-Z\-]*:lambda:[a-zA-Z0-9\-]+:[0-9]{12}:function:[a-zA-Z0-9\-_]+(:[a-zA-Z0-9$_\-]+)?$",
        ),
        (
            Kind.QUEUE,
            QUEUE.replace("us-east-1", "eu-west-1"),
            "The notification destination service region is not valid for the bucket location constraint",
        ),
    ],
)
def test_a_destination_is_of_its_kind_standard_and_in_the_region(kind: Kind, arn: str, text: str) -> None:
    assert refusal(Entry(kind=kind, arn=arn, events=(CREATED,))) == ("InvalidArgument", text)


@pytest.mark.rule("S3-02")
def test_a_function_may_be_named_with_its_version() -> None:
    assert check(entry(arn=FUNCTION), entry("s3:ObjectRemoved:*", arn=FUNCTION + ":$LATEST")) == ["a", "b"]


@pytest.mark.rule("S3-01", "S3-05")
def test_an_unknown_event_is_named() -> None:
    with pytest.raises(S3Error, match="The event is not supported for notifications") as caught:
        check(entry("s3:ObjectCreated:Patch"))
    assert caught.value.details == (("ArgumentName", "Event"), ("ArgumentValue", "s3:ObjectCreated:Patch"))


@pytest.mark.rule("S3-01")
def test_ids_are_kept_unique_and_limited() -> None:
    def named(name: str | None, event: str) -> Entry:
        return Entry(kind=Kind.QUEUE, arn=QUEUE, events=(event,), id=name)

    same = refusal(named("x", CREATED), named("x", "s3:ObjectRemoved:*"))
    assert same == ("InvalidArgument", "Same ID used for multiple configurations. IDs must be unique.")
    assert refusal(named("x" * 256, CREATED)) == ("InvalidArgument", "ID length exceeded allowed limit of 255")
    assert check(named("x" * 255, CREATED), named("", "s3:ObjectRemoved:*")) == ["x" * 255, "a"]
    many = [named(None, CREATED)] * 101
    text = "Too many configurations submitted. The maximum number of configurations is 100"
    assert refusal(*many) == ("InvalidRequest", text)
