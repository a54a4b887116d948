"""The command line: measure, print tables, keep the figures as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from benchmarks import marks, months, night, push
from benchmarks.ground import DIRECTORY, Ground, ground
from benchmarks.report import machine, table
from dev.services import ServiceError

PARTS = ("night", "marks", "months", "push")


def _numbers(text: str) -> list[int]:
    numbers = [int(part.replace("_", "")) for part in text.split(",")]
    if not all(0 < number <= 1_000_000 for number in numbers):
        raise argparse.ArgumentTypeError("from 1 to 1,000,000")
    return numbers


def _parts(text: str) -> list[str]:
    chosen = text.split(",")
    if unknown := set(chosen) - set(PARTS):
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
    return [part for part in PARTS if part in chosen]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures on a database of its own, which is dropped afterwards. Without DATABASE_URL "
        "or REDIS_URL the missing server is started below .run/bench, and stopped afterwards.",
    )
    parser.add_argument("--only", type=_parts, default=list(PARTS), help="of night,marks,months,push")
    parser.add_argument("--quick", action="store_true", help="less of everything: below a minute")
    parser.add_argument("--rows", type=_numbers, help="active orders of the nights: 1000,10000,100000")
    parser.add_argument(
        "--json",
        metavar="FILE",
        default=str(DIRECTORY / "latest.json"),
        help="where the figures go; - is the standard output, and the tables then go to the other one",
    )
    return parser


def main(arguments: list[str]) -> int:
    """Measure what was chosen; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    out = sys.stderr if chosen.json == "-" else sys.stdout
    began = time.monotonic()
    try:
        with ground() as here:
            found = _measure(here, chosen, out)
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    found["seconds"] = round(time.monotonic() - began, 1)
    text = json.dumps(found, indent=2, ensure_ascii=False)
    if chosen.json == "-":
        print(text)
        return 0
    path = Path(chosen.json)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"\n{found['seconds']} s in all; the figures as JSON: {path}", file=out)
    return 0


def _measure(here: Ground, chosen: argparse.Namespace, out: TextIO) -> dict[str, Any]:
    found: dict[str, Any] = {"machine": machine(here), "quick": chosen.quick}
    print("\n".join(f"{name}: {value}" for name, value in found["machine"].items()), file=out, flush=True)
    rows = chosen.rows or ([1_000, 10_000] if chosen.quick else [1_000, 10_000, 100_000])
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "night": lambda: night.measure(here, rows=rows, quick=chosen.quick),
        "marks": lambda: marks.measure(here, quick=chosen.quick),
        "months": lambda: months.measure(here, quick=chosen.quick),
        "push": lambda: push.measure(here, quick=chosen.quick),
    }
    for name in chosen.only:
        found[name] = parts[name]()
        for title, lines in found[name].items():
            print(f"\n{title}\n{table(lines)}", file=out, flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
