"""Figures in words: the machine, medians, tables."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.ground import ROOT, Ground

SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")


def machine(here: Ground) -> dict[str, Any]:
    """What the figures were measured on."""
    settings = ", ".join(
        f"{name} {here.one('SELECT current_setting(%(name)s)', name=name)}" for name in SETTINGS
    )
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "postgresql": here.one("SHOW server_version"),
        "postgresql_settings": settings,
        "load_average_before": round(os.getloadavg()[0], 2),
    }


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return found.stdout.strip() or "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def middle(values: Sequence[float], digits: int = 2) -> float:
    """The median, rounded; whole numbers stay readable."""
    return round(median(values), digits)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Turn by turn: what was measured next to each other is divided by each other."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same names as columns, numbers to the right, also readable as Markdown."""
    names = list(rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(len(line[place]) for line in [names, *cells]) for place in range(len(names))]
    numeric = [not isinstance(rows[0][name], str) for name in names]
    rules = [
        "-" * (width + 1) + (":" if right else "-") for width, right in zip(widths, numeric, strict=True)
    ]
    lines = [_line(names, widths, numeric), f"|{'|'.join(rules)}|"]
    return "\n".join([*lines, *(_line(line, widths, numeric) for line in cells)])


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ]
    return "| " + " | ".join(padded) + " |"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.{1 if abs(value) >= 10 else 2}f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
