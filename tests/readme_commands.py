"""Print a command of the README as it stands there: ``python tests/readme_commands.py README.md 1``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """Return the contents of the ``sh`` blocks of a Markdown *text*, in their order."""
    return [block.strip() for block in _BLOCK.findall(text)]


if __name__ == "__main__":
    path, number = sys.argv[1:]
    found = commands(Path(path).read_text(encoding="utf-8"))
    if len(found) < int(number):
        sys.exit(f"{path}: has {len(found)} sh blocks, number {number} was asked for")
    sys.stdout.write(found[int(number) - 1] + "\n")
