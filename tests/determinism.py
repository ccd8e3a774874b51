"""Run every scenario twice, in processes as different as one machine allows, and demand the same trace.

``python tests/determinism.py scenarios``: the two processes differ in hash seed, working folder, time zone and locale.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path


def run_twice(scenario: Path, *, hash_seeds: tuple[str, str] = ("0", "7")) -> str | None:
    """Return how the two runs of *scenario* differ, or None."""
    with tempfile.TemporaryDirectory() as folder:
        one = _run(scenario, Path(folder, "1"), {"PYTHONHASHSEED": hash_seeds[0], "TZ": "UTC", "LC_ALL": "C.UTF-8"})
        two = _run(scenario, Path(folder, "2"), {"PYTHONHASHSEED": hash_seeds[1], "TZ": "Asia/Tokyo", "LC_ALL": "C"})
    for problem, trace, digest in (one, two):
        if problem is not None:
            return problem
        if hashlib.sha256(trace).hexdigest() != digest:
            return f"trace_sha256 is {digest}, that of the file {hashlib.sha256(trace).hexdigest()}"
    return first_difference(one[1], two[1])


def first_difference(one: bytes, two: bytes) -> str | None:
    """Return the first line in which two traces differ, or None."""
    if one == two:
        return None
    lines = zip_longest(one.split(b"\n"), two.split(b"\n"), fillvalue=b"(end)")
    number, first, second = next((n, a, b) for n, (a, b) in enumerate(lines, 1) if a != b)
    return f"line {number}\n  {first.decode()}\n  {second.decode()}"


def _run(scenario: Path, folder: Path, environment: dict[str, str]) -> tuple[str | None, bytes, str]:
    folder.mkdir()
    trace, result = folder / "trace.jsonl", folder / "result.json"
    options = ["--quiet", "--events", "none", "--trace", str(trace), "--json", str(result)]
    done = subprocess.run(
        [sys.executable, "-m", "eventsim", "run", str(scenario.resolve()), *options],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return f"exit status {done.returncode}\n{done.stdout}{done.stderr}", b"", ""
    digest = json.loads(result.read_bytes())["scenarios"][0]["trace_sha256"]
    return None, trace.read_bytes(), digest


def main(folder: str) -> int:
    """Check the scenarios of *folder* and return the exit status."""
    scenarios = sorted(Path(folder).glob("*.yaml"))
    differences = {scenario: run_twice(scenario) for scenario in scenarios}
    for scenario, difference in differences.items():
        sys.stdout.write(f"{'same' if difference is None else f'DIFFERENT: {difference}'}  {scenario}\n")
    if not scenarios:
        sys.stdout.write(f"no scenario in {folder}\n")
    return int(not scenarios or any(differences.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
