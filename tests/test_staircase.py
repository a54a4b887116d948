"""Imports only go down: between rooms, and inside a room from floor to floor."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "vendorapp"
STAIRCASE = [
    "kernel",
    "accounts",
    "work",
    "notices",
    "ledger",
    "customers",
    "catalogue",
    "orders",
    "on_demand",
    "records",
    "comments",
    "billing",
    "months",
    "reminders",
    "exchange",
    "home",
]
# What an upper room may take from a lower one.
SHARED = {
    "models",
    "rules",
    "queries",
    "service",
    "answers",
    "fields",
    "inputs",
    "words",
    "guards",
    "delivery",
    "month_days",
    "papers",
    "forecast",
}
PRIVATE = {"api", "views", "forms", "schemas", "tasks"}
# What a floor must not know.
FORBIDDEN = {
    "models": {"flask", "clock", "queries", "service", "schemas"},
    "rules": {"flask", "sqlalchemy", "clock", "queries", "service", "models", "schemas", "database"},
    "queries": {"flask", "service", "schemas", "forms", "api", "views"},
    "service": {"flask", "schemas", "forms", "api", "views", "tasks"},
    "schemas": {"flask", "sqlalchemy", "service"},
}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] in STAIRCASE)


def imported(path: Path) -> set[tuple[str, ...]]:
    """Every dotted name that the file imports, of this package from its root on, also inside functions."""
    here = path.relative_to(PACKAGE.parent).with_suffix("").parts
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            found |= {(*base, alias.name) for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_go_down(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    for name in imported(path):
        if name[0] != "vendorapp":
            continue
        assert len(name) > 1, f"{path} imports the front door"
        other = name[1]
        if other == room:
            continue
        assert other in STAIRCASE, f"{path} imports {'.'.join(name)} from above the rooms"
        assert STAIRCASE.index(other) < STAIRCASE.index(room), f"{path} looks up to {'.'.join(name)}"
        if other != "kernel" and len(name) > 2:
            assert name[2] not in PRIVATE, f"{path} takes {'.'.join(name)}, which is private to its room"
            assert name[2] in SHARED, f"{path} takes {'.'.join(name)}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_floors_know_only_what_lies_below(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts[0] == "kernel":
        return
    forbidden = FORBIDDEN.get(parts[1], set())
    for name in imported(path):
        own = name[0] != "vendorapp" or name[1] in (parts[0], "kernel")
        words = set(name[:1]) if name[0] != "vendorapp" else set(name[2:4]) if own else set()
        assert not words & forbidden, f"{path} must not import {'.'.join(name)}"


def test_verbs_do_not_commit() -> None:
    for path in modules():
        floor = path.relative_to(PACKAGE).parts[1]
        if floor in ("service.py", "service", "queries.py", "rules.py"):
            text = path.read_text("utf-8")
            assert ".commit(" not in text, path
            assert "transaction()" not in text, path
