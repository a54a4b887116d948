"""Which account runs PostgreSQL: it refuses root, so root hands it to an ordinary one."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group of this machine."""

    uid: int
    gid: int

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments for `subprocess.Popen` that make the child run under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, directory: Path) -> bool:
        """Whether this account reaches `directory`; a parent such as /root may forbid it."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]
        found = subprocess.run(command, cwd="/", stderr=subprocess.DEVNULL, check=False, **self.popen)
        return found.returncode == 0

    def can_run(self, program: Path) -> bool:
        """Whether this account can execute `program`."""
        command = [str(program), "--version"]
        try:
            found = subprocess.run(command, cwd="/", capture_output=True, check=False, **self.popen)
        except PermissionError:
            return False
        return found.returncode == 0

    def own(self, path: Path) -> None:
        """Give `path`, and what is in it, to this account."""
        os.chown(path, self.uid, self.gid)
        for inside in path.rglob("*"):
            os.chown(inside, self.uid, self.gid, follow_symlinks=False)


def for_postgres() -> Account | None:
    """The account PostgreSQL must run under, or None when it may run as whoever we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
