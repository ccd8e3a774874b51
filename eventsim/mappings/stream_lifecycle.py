"""A stream mapping as Lambda's API shows it (ESM-15, ESM-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.mappings.lifecycle import EventSourceMapping
from eventsim.mappings.stream import StreamPollers
from eventsim.mappings.stream_settings import check_stream_mapping

if TYPE_CHECKING:
    from eventsim.errors import AwsError
    from eventsim.mappings.stream_settings import StreamMappingSettings
    from eventsim.mappings.stream_work import StreamTarget, StreamWork


class StreamMapping(EventSourceMapping["StreamMappingSettings"]):
    """An event source mapping from Kinesis or DynamoDB Streams; *pollers* tell how far it is."""

    reason = "User action"
    target: StreamTarget

    def __init__(self, work: StreamWork, *, transition_s: float | None = None) -> None:
        self.pollers = StreamPollers(work)
        self._work = work
        more = {} if transition_s is None else {"transition_s": transition_s}
        super().__init__(
            name=work.name,
            uuid=work.uuid,
            target=work.target,
            function=work.function,
            settings=work.settings,
            pollers=self.pollers,
            metrics=work.metrics,
            world=work.world,
            **more,
        )

    def _refusals(self, settings: StreamMappingSettings) -> list[tuple[str, AwsError]]:
        return check_stream_mapping(settings, source_arn=self.target.arn, now_s=None)

    def _members(self) -> dict[str, Any]:
        settings = self.settings
        arn = settings.on_failure
        return {
            "StartingPosition": settings.starting_position,
            "StartingPositionTimestamp": settings.starting_position_timestamp,
            "ParallelizationFactor": settings.parallelization_factor,
            "MaximumRetryAttempts": settings.maximum_retry_attempts,
            "MaximumRecordAgeInSeconds": settings.maximum_record_age_in_seconds,
            "BisectBatchOnFunctionError": settings.bisect_batch_on_function_error,
            "TumblingWindowInSeconds": settings.tumbling_window_in_seconds,
            "DestinationConfig": {"OnFailure": {} if arn is None else {"Destination": arn}},
            "LastProcessingResult": self._work.last_result.value,
            "FilterCriteria": settings.filter_criteria,
            "MetricsConfig": settings.metrics_config,
            "KMSKeyArn": settings.kms_key_arn,
        }
