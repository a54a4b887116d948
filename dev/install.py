"""Install requirement files into .venv, or do nothing when that is what .venv already holds.

    python3 dev/install.py requirements.txt requirements-local.txt

Runs under the machine's own Python, before anything is installed: the standard library only. Which
files were installed is kept in .venv as a checksum of their contents, so a second call takes no
time and a changed pin is noticed.
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main(names: list[str]) -> int:
    """Bring .venv up to the requirement files `names`; returns the exit status."""
    with (ROOT / ".venv.lock").open("w") as lock:
        # `make run` and `make test` may be started together.
        fcntl.flock(lock, fcntl.LOCK_EX)
        todo = [name for name in names if not _stamp(name).exists()]
        if not todo:
            return 0
        if not _venv_is_usable():
            _need_venv_module()
            print(f"Creating .venv with Python {sys.version.split()[0]} …", flush=True)
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
            todo = names
        print(f"Installing {', '.join(todo)} …", flush=True)
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes"]
        # Compiling every module ahead costs more than compiling those that are imported.
        command += ["--disable-pip-version-check", "--no-compile"]
        for name in todo:
            command += ["-r", name]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            print("The installation failed; the reason is above.", file=sys.stderr)
            return 1
        for name in todo:
            for older in VENV.glob(f"{name}.*.stamp"):
                older.unlink()
            _stamp(name).touch()
    return 0


def _stamp(name: str) -> Path:
    # The scripts in .venv/bin carry the path they were installed at: a moved checkout starts anew.
    content = (ROOT / name).read_bytes() + os.fsencode(VENV)
    return VENV / f"{name}.{hashlib.sha256(content).hexdigest()[:16]}.stamp"


def _venv_is_usable() -> bool:
    probe = "import pip, sys; print(sys.prefix); sys.exit(sys.version_info < (3, 11))"
    try:
        found = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return False
    if found.returncode != 0 or Path(found.stdout.strip()).resolve() != VENV:
        return False
    activate = VENV / "bin" / "activate"
    return activate.exists() and str(VENV) in activate.read_text()


def _need_venv_module() -> None:
    """Debian's Python comes without `ensurepip`; as root it is fetched, else the way is shown."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if os.geteuid() == 0 and Path("/usr/bin/apt-get").exists():
        print(f"Installing {package} …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
            subprocess.run(["apt-get", "-qq", *command], env=environment, check=True)
        return
    sys.exit(f"This Python cannot create a virtual environment. Run: apt-get install {package}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
