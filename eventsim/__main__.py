"""``python -m eventsim``: the same as the command ``eventsim``."""

from __future__ import annotations

from eventsim.cli.main import main

if __name__ == "__main__":
    main(prog_name="eventsim")
