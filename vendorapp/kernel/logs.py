"""Logs: JSON lines on stdout, one a fact, with the request's id."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def init_logs() -> None:
    """Send structlog and the standard library's warnings to stdout as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    look: Any = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, look],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, look],
        )
    )
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not getattr(one, "of_vendorapp", False)]
    handler.of_vendorapp = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
