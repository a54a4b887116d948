"""Headings, states and faults in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from .rules.customers import Fault
from .rules.reading import MOST_LINES, Unreadable


def customer_headings() -> dict[str, str]:
    """The columns of the file of customers that can be read back, by field."""
    return {
        "name": _("Name"),
        "phone_number": _("Phone number"),
        "email": _("E-mail"),
        "address": _("Address"),
        "notes": _("Notes"),
        "stop_order": _("Stop"),
        "opening_balance": _("Balance"),
        "currency": _("Currency"),
    }


def field_name(field: str) -> str:
    """What a field of a line is called."""
    return customer_headings().get(field, _("The whole line"))


def fault_text(fault: Fault) -> str:
    """Why a line cannot be added."""
    texts = {
        "missing": _("is missing"),
        "unreadable": _("has signs that cannot be read"),
        "too_long": _("has more than %(most)s characters", **_only(fault, "most")),
        "bad_phone": _("is no phone number"),
        "shortened": _("was shortened by the spreadsheet: make the column text, and type it again"),
        "twice": _("is on line %(line)s already", **_only(fault, "line")),
        "in_book": _("is in your book already: %(name)s", **_only(fault, "name")),
        "bad_email": _("is no e-mail address"),
        "bad_stop": _("must be a whole number from 0 to 1,000,000"),
        "bad_amount": _("must be an amount like 250 or 1,234.50"),
        "amount_range": _("has too many decimals or is too large"),
        "other_currency": _("is not yours; your book is in %(own)s", **_only(fault, "own")),
        "too_many_cells": _("has more cells than there are columns: is a comma without quotation marks?"),
    }
    return texts[fault.code]


def _only(fault: Fault, name: str) -> dict[str, str]:
    return {name: fault.facts.get(name, "")}


def file_text(problem: Unreadable) -> str:
    """Why a file as a whole cannot be used."""
    facts = {"line": "", "first": "", "second": "", **problem.facts}
    texts = {
        "too_large": _("The file is larger than 1 MB. Make two of it."),
        "too_many_lines": _("At most %(most)s lines go in one file. Make two of it.", most=f"{MOST_LINES:,}"),
        "empty": _("There is nothing in it."),
        "encoding": _("The letters of this file cannot be read. Save it as “CSV UTF-8” and choose it again."),
        "quotes": _("From line %(line)s on the quotation marks do not fit.", line=facts["line"]),
        "no_header": _("The first line must say what the columns are: Name, Phone number and so on."),
        "no_column": _("There is no column “%(name)s”.", name=field_name(facts.get("field", ""))),
        "column_twice": _(
            "Two columns mean the same: “%(first)s” and “%(second)s”.",
            first=facts["first"],
            second=facts["second"],
        ),
    }
    return texts[problem.code]


def added(count: int) -> str:
    """What was done, once it is."""
    return ngettext("%(num)d customer is in your book.", "%(num)d customers are in your book.", count)


def adding(_args: Mapping[str, Any]) -> str:
    """What is done while a long file is added."""
    return _("Customers from a file")


def added_long(result: Mapping[str, Any]) -> str:
    """What was done with a long file."""
    return added(result.get("added", 0))


def yes_or_no(value: bool) -> str:
    return _("yes") if value else _("no")


def order_states() -> dict[str, str]:
    """What an order's status is called."""
    return {
        "proposed": _("waits for an answer"),
        "active": _("active"),
        "inactive": _("ended"),
        "declined": _("declined"),
        "requested": _("asked for"),
        "accepted": _("agreed"),
        "offered": _("offered"),
        "served": _("handed over"),
        "billed": _("on a bill"),
        "cancelled": _("cancelled"),
    }


def order_kinds() -> dict[str, str]:
    return {"scheduled": _("regular"), "regular": _("regular"), "on_demand": _("extra"), "extra": _("extra")}


def delivery_states() -> dict[str, str]:
    """What a delivery's status is called."""
    return {
        "scheduled": _("due"),
        "delivered": _("delivered"),
        "skipped": _("not delivered"),
        "cancelled": _("cancelled"),
        "served": _("handed over"),
    }


def payment_states() -> dict[str, str]:
    return {
        "claimed": _("to confirm"),
        "confirmed": _("confirmed"),
        "declined": _("declined"),
        "reversed": _("taken back"),
    }


def methods() -> dict[str, str]:
    """How money was handed over."""
    return {"cash": _("cash"), "upi": _("UPI"), "bank": _("bank"), "other": _("other")}


def paid_for() -> dict[str, str]:
    return {"order": ngettext("order", "orders", 1), "invoice": _("invoice"), "bill": _("bill")}


def movements() -> dict[str, str]:
    """What moved an account."""
    return {
        "before": _("From before"),
        "record": _("Delivery"),
        "order": _("Extra"),
        "payment": _("Payment"),
        "payment_back": _("Payment taken back"),
        "opening_balance": _("Open from before"),
        "correction": _("Correction"),
        "write_off": _("Let go"),
    }
