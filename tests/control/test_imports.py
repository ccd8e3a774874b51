"""What nobody asks Lambda's API for is not imported."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from eventsim import Simulation
with Simulation() as sim:
    sim.queue("q").send("m")
    sim.function("f", lambda event, context: None).on_queue("q")
    sim.run()
    print([name for name in sys.modules if name.startswith(("eventsim.control", "eventsim.cloud.lambda_api"))])
"""


def test_a_simulation_without_requests_to_lambda_imports_nothing_of_it() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
