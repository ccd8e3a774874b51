"""Where code lies in Lambda: stack traces name those places, and never a path of this machine."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from eventsim.invokers.environment_variables import runtime_name

if TYPE_CHECKING:
    from types import TracebackType

TASK_ROOT = "/var/task"
_LIBRARY = f"/var/lang/lib/{runtime_name()}"
_SITE_FOLDERS = ("site-packages", "dist-packages")


class TracePaths:
    """Translates paths of this machine to Lambda's (FUN-08).

    *code_folder* becomes /var/task, the standard library and what is installed lie under /var/lang/lib; of any other
    file only the name is kept, in /var/task. Frames of eventsim itself are left out.
    """

    def __init__(self, code_folder: Path) -> None:
        self.code_folder = code_folder
        self._code = str(code_folder)
        roots = {_folder_of("eventsim"): "", _folder_of("os"): _LIBRARY, self._code: TASK_ROOT}
        roots.update({path: f"{_LIBRARY}/site-packages" for path in sys.path if path.endswith(_SITE_FOLDERS)})
        self._roots = sorted(roots.items(), key=lambda root: -len(root[0]))
        self._known: dict[str, str] = {}

    def shown(self, filename: str) -> str:
        """*filename* as Lambda would show it; "" for a file of eventsim."""
        if filename not in self._known:
            self._known[filename] = self._translate(filename)
        return self._known[filename]

    def in_text(self, text: str) -> str:
        """*text* with the code folder's own path replaced by /var/task."""
        return text.replace(self._code, TASK_ROOT) if self._code in text else text

    def stack_trace(self, trace: TracebackType | None) -> list[str]:
        """The frames of *trace* as ``traceback.format_list`` writes them, without markers under the line (FUN-08)."""
        frames = [
            (self.shown(frame.filename), frame.lineno or 0, frame.name, frame.line)
            for frame in traceback.extract_tb(trace)
        ]
        return traceback.format_list([frame for frame in frames if frame[0]])

    def _translate(self, filename: str) -> str:
        if filename.startswith("<") or not filename:
            return filename or "<unknown>"
        for root, shown in self._roots:
            if filename.startswith(root + "/"):
                return shown + filename[len(root) :] if shown else ""
        return f"{TASK_ROOT}/{filename.rpartition('/')[2]}"


def _folder_of(module: str) -> str:
    found = importlib.import_module(module).__file__
    return str(Path(found or "").parent)
