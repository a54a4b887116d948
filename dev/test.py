"""Run the tests, with a browser for those that need one: python -m dev.test [pytest arguments]"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The product speaks Hindi; without a font its screens would be tested as little boxes.
PACKAGES = ("chromium", "fonts-noto-core")


def main(arguments: list[str]) -> int:
    """Run pytest with `arguments`; returns its exit status."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    browser = _browser() or _installed_browser()
    if browser:
        environment["CHROMIUM"] = browser
    else:
        print(
            "\n*** NO BROWSER: the tests of the screens cannot run. Install Chromium, or let\n"
            "*** CHROMIUM name one.\n",
            file=sys.stderr,
            flush=True,
        )
        if os.environ.get("CI") == "true":
            return 1
    command = [sys.executable, "-m", "pytest", "-n", str(max(2, os.cpu_count() or 2))]
    # A file stays on one process: some start a worker of their own on that process's database.
    command += ["--dist", "loadfile", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _browser() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _installed_browser() -> str | None:
    """Fetch Debian's Chromium where that is allowed without asking."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        prefix = []
    elif shutil.which("sudo") and _quiet(["sudo", "-n", "true"]):
        prefix = ["sudo", "-n"]
    else:
        return None
    print("Installing Chromium for the tests of the screens …", flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*apt, "update"], stdout=sys.stderr, check=False)
    subprocess.run(
        [*apt, "install", "-y", "--no-install-recommends", *PACKAGES],
        stdout=sys.stderr,
        check=False,
    )
    return _browser()


def _quiet(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
