from __future__ import annotations

import uuid
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from eventsim.kernel.seeds import Seeds, draw_uuid


def test_a_stream_depends_on_the_seed_and_its_name_only() -> None:
    first, second = Seeds(1), Seeds(1)
    second.stream("other").random()
    drawn = [first.stream("latency:sqs").random() for _ in range(3)]
    assert drawn == [second.stream("latency:sqs").random() for _ in range(3)]
    assert drawn == [0.5126685696557448, 0.08727972318535127, 0.3149517666141184]
    assert Seeds(2).stream("latency:sqs").random() != drawn[0]
    assert Seeds(1).stream("latency:s3").random() != drawn[0]


@given(seed=st.integers())
def test_drawn_ids_are_version_4_uuids_in_their_usual_form(seed: int) -> None:
    text = draw_uuid(Random(seed))
    found = uuid.UUID(text)
    assert (str(found), found.version, found.variant) == (text, 4, uuid.RFC_4122)
