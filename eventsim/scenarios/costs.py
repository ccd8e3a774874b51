"""What a run would have cost on AWS: an estimate by function and by source (CST-01 to CST-13)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from eventsim.scenarios.prices import (
    CURRENCY,
    FREE,
    IDLE_POLLS_PER_MINUTE,
    PRICES,
    PRICES_OF,
    REGION,
    duration_usd,
)
from eventsim.scenarios.usage import FunctionUse, function_use, queue_use, stream_use

if TYPE_CHECKING:
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.simulation import Simulation

Json = dict[str, Any]

_MINUTES_A_MONTH = 30 * 24 * 60
_DIGITS = 10


def cost_json(simulation: Simulation) -> Json:
    """The section ``cost`` of a result: US dollars, before the free tier.

    Services that cost nothing for what the run did, as streams of tables and notifications of buckets, are left out.
    """
    end_s = simulation.world.loop.time()
    by_function: dict[str, list[InvocationRecord]] = defaultdict(list)
    for one in simulation.invocations:
        by_function[one.function].append(one)
    uses = {
        name: (function_use(function, by_function[name], end_s), function.settings.architecture)
        for name, function in simulation.functions.items()
    }
    functions = {name: function_cost(use, architecture) for name, (use, architecture) in uses.items()}
    sources = {**_queues(simulation, end_s), **_streams(simulation, end_s)}
    sources |= _topics(simulation) | _schedules(simulation)
    total = sum(one["total"] for one in [*functions.values(), *sources.values()])
    return {
        "estimate": True,
        "currency": CURRENCY,
        "region": REGION,
        "prices_of": PRICES_OF,
        "free_tier": "not subtracted",
        "total": round(total, _DIGITS),
        "free_tier_worth": round(_free([use for use, _ in uses.values()]), _DIGITS),
        "functions": functions,
        "sources": sources,
        "not_estimated": _not_estimated(simulation),
    }


def function_cost(use: FunctionUse, architecture: str = "x86_64") -> Json:
    """What a function's use comes to; all numbers but the amounts are US dollars."""
    parts = {
        "requests": PRICES["lambda.request"].of(use.requests),
        "duration": duration_usd(use.gb_s, architecture)
        + PRICES["lambda.provisioned_duration"].of(use.provisioned_duration_gb_s),
        "provisioned_concurrency": PRICES["lambda.provisioned"].of(use.provisioned_gb_s),
        "ephemeral_storage": PRICES["lambda.ephemeral_storage"].of(use.ephemeral_gb_s),
    }
    return {
        "amounts": {
            "requests": use.requests,
            "billed_ms": use.billed_ms,
            "gb_s": round(use.gb_s + use.provisioned_duration_gb_s, 6),
            "provisioned_gb_s": round(use.provisioned_gb_s, 6),
        },
        **{name: round(usd, _DIGITS) for name, usd in parts.items()},
        "total": round(sum(parts.values()), _DIGITS),
    }


def idle_month_usd(mappings: int = 1, *, fifo: bool = False) -> float:
    """What mappings cost a month for polling a queue in which nothing ever is (CST-07)."""
    price = PRICES["sqs.fifo" if fifo else "sqs.standard"]
    return price.of(mappings * IDLE_POLLS_PER_MINUTE * _MINUTES_A_MONTH)


def _free(uses: list[FunctionUse]) -> float:
    """What a month's free tier would take off, if the run were all of the month (CST-03)."""
    requests = min(FREE["lambda.request"], sum(use.requests for use in uses))
    gb_s = min(FREE["lambda.gb_s"], sum(use.gb_s for use in uses))
    return PRICES["lambda.request"].of(requests) + duration_usd(gb_s)


def _queues(simulation: Simulation, end_s: float) -> Json:
    found: Json = {}
    by_queue = defaultdict(list)
    for one in simulation.mappings.values():
        by_queue[one.target.arn].append(one)
    for queue in simulation.queues:
        mappings = by_queue[queue.arn]
        counts = [one.metrics for one in mappings]
        use = queue_use(queue, counts, mapped_s=end_s * sum(one.polls for one in mappings))
        price = PRICES["sqs.fifo" if queue.fifo else "sqs.standard"]
        found[f"sqs:{queue.name}"] = {
            "amounts": {
                "requests": use.requests,
                "sends": use.sends,
                "receives": use.receives,
                "idle_polls": use.idle,
                "deletes": use.deletes,
            },
            "total": round(price.of(use.requests), _DIGITS),
            "idle_month": round(idle_month_usd(len(mappings), fifo=queue.fifo), _DIGITS),
        }
    return found


def _streams(simulation: Simulation, end_s: float) -> Json:
    found: Json = {}
    for stream in simulation.services.streams if "streams" in simulation.services.__dict__ else ():
        if stream.mode != "PROVISIONED":  # on-demand streams are paid in another way
            continue
        use = stream_use(stream, end_s)
        total = (
            PRICES["kinesis.shard_hour"].of(use.shard_hours)
            + PRICES["kinesis.put_unit"].of(use.put_units)
            + PRICES["kinesis.consumer_shard_hour"].of(use.consumer_shard_hours)
        )
        found[f"kinesis:{stream.name}"] = {
            "amounts": {
                "shard_hours": use.shard_hours,
                "put_units": use.put_units,
                "consumer_shard_hours": use.consumer_shard_hours,
            },
            "total": round(total, _DIGITS),
        }
    return found


def _topics(simulation: Simulation) -> Json:
    topics = simulation.services.topics if "topics" in simulation.services.__dict__ else ()
    return {
        f"sns:{topic.name}": {
            "amounts": {"requests": topic.metrics.publish_requests, "publishes": topic.metrics.published},
            "total": round(PRICES["sns.publish"].of(topic.metrics.publish_requests), _DIGITS),
        }
        for topic in topics
    }


def _schedules(simulation: Simulation) -> Json:
    scheduler = simulation.services.scheduler if "scheduler" in simulation.services.__dict__ else ()
    calls = {f"scheduler:{group.name}": group.metrics.attempts for group in scheduler}
    return {
        name: {
            "amounts": {"invocations": amount},
            "total": round(PRICES["scheduler.invocation"].of(amount), _DIGITS),
        }
        for name, amount in calls.items()
        if amount
    }


def _not_estimated(simulation: Simulation) -> list[str]:
    """What AWS charges for and no price is known of (CST-08)."""
    found = [
        f"provisioned pollers of {mapping.name}"
        for mapping in simulation.mappings.values()
        if getattr(mapping.settings, "provisioned_poller_config", None) is not None
    ]
    streams = simulation.services.streams if "streams" in simulation.services.__dict__ else ()
    return found + [f"the on-demand stream {stream.name}" for stream in streams if stream.mode != "PROVISIONED"]
