"""A run's counts as Prometheus reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eventsim.realtime.live import Live
    from eventsim.simulation import Simulation

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_MAPPING = (
    ("polled", "eventsim_mapping_polled_records_total", "Records that a mapping received or read."),
    ("filtered_out", "eventsim_mapping_filtered_records_total", "Records that filter criteria rejected."),
    ("invoked", "eventsim_mapping_invoked_records_total", "Records that a function was invoked with."),
    ("failed", "eventsim_mapping_failed_records_total", "Records of invocations that failed."),
    ("deleted", "eventsim_mapping_deleted_records_total", "Messages that were deleted from the queue."),
    ("dropped", "eventsim_mapping_dropped_records_total", "Records that were given up."),
)
_FUNCTION = (
    ("errors", "eventsim_function_errors_total", "counter", "Invocations that ended with an error."),
    ("throttles", "eventsim_function_throttles_total", "counter", "Invocations that were throttled."),
    ("cold_starts", "eventsim_function_cold_starts_total", "counter", "Execution environments that were started."),
    ("concurrent", "eventsim_function_concurrent_executions", "gauge", "Invocations that run now."),
)


def prometheus_text(simulation: Simulation, live: Live) -> str:
    """All counts as of now, in the text exposition format."""
    lines = _family(
        "eventsim_invocations_total",
        "counter",
        "Invocations that ended, by outcome.",
        (
            ({"function": function, "mapping": mapping, "outcome": outcome}, count)
            for (function, mapping, outcome), count in sorted(live.outcomes.items())
        ),
    )
    for attribute, name, kind, text in _FUNCTION:
        values = [({"function": one.name}, getattr(one.metrics, attribute)) for one in simulation.functions.values()]
        lines += _family(name, kind, text, values)
    for attribute, name, text in _MAPPING:
        values = [({"mapping": key}, getattr(one.metrics, attribute)) for key, one in simulation.mappings.items()]
        lines += _family(name, "counter", text, values)
    ages = [({"mapping": key}, one.metrics.iterator_age_ms / 1000) for key, one in simulation.mappings.items()]
    lines += _family("eventsim_mapping_iterator_age_max_seconds", "gauge", "The highest age of a record.", ages)
    lines += _family(
        "eventsim_up_seconds", "gauge", "How long it has been running.", [({}, simulation.world.loop.time())]
    )
    return "\n".join(lines) + "\n"


def _family(name: str, kind: str, text: str, values: Iterable[tuple[dict[str, str], float]]) -> list[str]:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    return [*lines, *_samples(name, values)]


def _samples(name: str, values: Iterable[tuple[dict[str, str], float]]) -> Iterator[str]:
    for labels, value in values:
        written = ",".join(f'{label}="{_escaped(one)}"' for label, one in labels.items())
        yield f"{name}{{{written}}} {value!r}" if written else f"{name} {value:.3f}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
