"""All statements of a month as PDFs, five hundred to a ZIP: a long job, twenty a step."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

from sqlalchemy import text

from ..accounts.queries import Caller, caller_away
from ..kernel import long_jobs
from ..kernel.babel import in_language
from ..kernel.database import session
from ..kernel.errors import Conflict, NotFound
from ..kernel.fields import month_text
from ..kernel.long_work import Turn
from .pdf import file_name, statement_pdf
from .sheet import sheet

KIND = "monthly_papers"
A_FILE = 500
# So few that a worker is free again in seconds, on a busy machine too.
A_STEP = 20
# What no file system takes in a name.
UNFIT = re.compile(r"[\\/:*?\"<>|.\x00-\x1f\s]+")

# Whoever has something in the month, or something from before.
WHOSE = text(
    """
    SELECT c.id FROM customers c
    WHERE c.vendor_id = :vendor_id AND (
        EXISTS (SELECT FROM account_months m WHERE m.customer_id = c.id AND m.month = :month)
        OR (SELECT sum(m.charges - m.payments + m.adjustments) FROM account_months m
            WHERE m.customer_id = c.id AND m.month < :month) <> 0
    )
    ORDER BY c.name, c.id
    """
)


def begin(caller: Caller, month: date) -> int:
    """The long job that makes the statements of a month (its first day) of all customers of the vendor.

    Raises 409 `nothing_there` when nobody has anything in it, 409 `work_running`.
    """
    values = {"vendor_id": caller.user_id, "month": month}
    ids = list(session().scalars(WHOSE, values))
    if not ids:
        raise Conflict("nothing_there", "Nobody has anything in this month.")
    args: dict[str, Any] = {"customer_ids": ids, "month": month.isoformat()}
    return long_jobs.start(caller.user_id, KIND, args, len(ids), same=month_text(month))


def step(turn: Turn) -> None:
    """The next few, put into the file that is not full yet."""
    caller = caller_away(turn.user_id)
    if caller is None:
        raise NotFound()
    month = date.fromisoformat(turn.args["month"])
    number, inside = divmod(turn.done, A_FILE)
    number += 1
    ids = turn.args["customer_ids"][turn.done : turn.done + min(A_STEP, A_FILE - inside)]
    content = io.BytesIO(turn.file(number) if inside else b"")
    with in_language(caller.locale), zipfile.ZipFile(content, "a") as archive:
        for customer_id in ids:
            found = sheet(caller, customer_id, month)
            paper = statement_pdf(found, patient=True)
            archive.writestr(f"{_plain(found.customer.name)}-{file_name(found)}.pdf", paper)
    part = f"-{number}" if turn.total > A_FILE else ""
    name = f"{_plain(caller.own_business.business_name)}-{month_text(month)}{part}.zip"
    turn.keep_file(number, name, "application/zip", content.getvalue())
    turn.done += len(ids)
    if turn.done >= turn.total:
        turn.finish(made=turn.total, files=number)


def _plain(name: str) -> str:
    return UNFIT.sub("-", name).strip("-")[:80]
