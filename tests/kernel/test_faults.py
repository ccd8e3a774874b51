from __future__ import annotations

from eventsim.kernel.faults import Faults, Verdict


def test_without_rules_everything_passes() -> None:
    assert Faults().decide("sqs.receive", queue="orders") is Verdict.PASS
    assert [verdict.name for verdict in Verdict] == ["PASS", "DELAY", "FAIL", "DROP_RESPONSE"]
