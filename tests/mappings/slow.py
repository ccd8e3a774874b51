"""A function that takes long, and a mapping of single messages to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scenarios.running import Run

SLOW = """
queues: {{q: {{VisibilityTimeout: 500}}}}
functions:
  f:
    Timeout: 400
    takes: {takes}
    script: [{{return: null}}]
    Events: {{q: {{Type: SQS, Properties: {{Queue: q, BatchSize: 1{more}}}}}}}
steps:
{steps}
"""


def starts(run: Run) -> list[float]:
    return [at for at, _, _ in run.invocations]
