"""What must be remembered of the local servers between two starts: ports, processes, passwords."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from dev.processes import Process


def write_private(path: Path, text: str) -> None:
    """Replace `path` at once by a file that only its owner reads."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


class State:
    """A small JSON file; read when created, written by `save`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.values: dict[str, Any] = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            self.values = {}

    def save(self, **values: Any) -> None:
        """Remember `values` besides what is known."""
        self.values.update(values)
        write_private(self._path, json.dumps(self.values, indent=2) + "\n")

    def secret(self, name: str, new: str) -> str:
        """The secret kept under `name`; `new` becomes it the first time."""
        if name not in self.values:
            self.save(**{name: new})
        return str(self.values[name])

    def remember(self, process: Process, port: int) -> None:
        """Note that the server runs as `process` on `port`."""
        self.save(pid=process.pid, created=process.created, port=port)

    @property
    def process(self) -> Process | None:
        """The server's process as last noted; it may be long gone."""
        if "pid" not in self.values:
            return None
        return Process(self.values["pid"], self.values["created"])

    @property
    def port(self) -> int:
        """The server's port as last noted."""
        return int(self.values["port"])
