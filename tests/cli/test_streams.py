"""Standard output as the operating system sees it: in processes of their own."""

from __future__ import annotations

import subprocess
import sys

NOISY = """
import os, sys
from eventsim.cli.outputs import document_stdout
with document_stdout() as document:
    print("print")
    os.write(1, b"descriptor\\n")
    os.system("echo child")
    document.write(b"{}")
print("afterwards")
"""
LEFT_ALONE = """
import sys
from eventsim.cli.outputs import tolerate_closed
sys.stdin.read()
for number in range(2):
    with tolerate_closed(sys.stdout):
        print("lost", flush=True)
sys.exit(5)
"""


def test_only_the_document_reaches_standard_output() -> None:
    done = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, text=True, check=True)
    assert done.stdout == "{}afterwards\n"
    assert sorted(done.stderr.split()) == ["child", "descriptor", "print"]


def test_a_reader_that_leaves_does_not_change_the_exit_status() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", LEFT_ALONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (5, b"")
