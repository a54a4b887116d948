"""Receipts, invoices and bills as words for their PDFs: what stands on their pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from ..accounts.queries import Business
from ..kernel import pdf
from ..kernel.babel import day as day_text
from ..kernel.babel import moment, money
from ..orders.words import amount_of
from .queries.pages import Group, LineView, Party, grouped
from .queries.papers import PaperLine, PaperView
from .queries.payments import PaymentView
from .rules.upi import pay_link
from .words import correction_word, method_word, paper_title

# As on the page: money for months of milk is on a hundred days.
MOST_LINES = 40


def receipt_pdf(
    found: PaymentView,
    *,
    shop: Business,
    party: Party | None,
    by: str,
    sold: Sequence[dict[str, Any]],
    title: str,
    landed: Sequence[tuple[LineView | None, int]],
) -> bytes:
    """A payment on A5: who paid whom how much, when and for what. `sold`, `title` and `landed` as the page
    of the payment has them."""
    currency = found.currency
    heading = {
        "claimed": _("Said to be paid"),
        "declined": _("Not got"),
        "reversed": _("Taken back"),
    }.get(found.status, _("Receipt"))
    tables = []
    if sold:
        rows = [_sold_row(one, currency) for one in sold]
        total = money(sum(one["amount"] for one in sold), currency)
        tables.append({"title": title or _("What it was for"), "rows": rows, "total": [_("Together"), total]})
    elif title:
        tables.append({"title": _("What it was for"), "rows": [["", title, "", ""]], "total": None})
    if found.status == "confirmed" and party and landed and not (sold and len(landed) <= len(sold)):
        rows = [_landed_row(line, amount, currency) for line, amount in landed[:MOST_LINES]]
        if len(landed) > MOST_LINES:
            more = len(landed) - MOST_LINES
            rows.append(["", ngettext("and %(num)d more", "and %(num)d more", more), "", ""])
        tables.append({"title": _("It paid"), "rows": rows, "total": None})
    number = _("Number %(number)s", number=found.id)
    return pdf.render(
        "billing/receipt.typ",
        {
            "title": heading,
            "shop": shop.business_name,
            "under": [],
            "right": [heading, number],
            "foot": [shop.business_name, number, pdf.made_on(shop.timezone)],
            "amount": money(found.amount, currency),
            "void": found.status in ("declined", "reversed"),
            "who": _who_paid(found, shop, party),
            "when": [day_text(found.date, "full"), method_word(found.method)],
            "note": found.note or "",
            "said": _said(found, shop),
            "tables": tables,
            "after": _after(found, shop, by),
        },
    )


def _who_paid(found: PaymentView, shop: Business, party: Party | None) -> str:
    if party is None:
        return _("Paid at the counter.")
    names = {"name": party.name, "shop": shop.business_name}
    if found.status == "claimed":
        return _("%(name)s says that they paid %(shop)s.", **names)
    return _("%(name)s paid %(shop)s.", **names)


def _said(found: PaymentView, shop: Business) -> list[str]:
    """What became of it, when it does not simply hold."""
    if found.status == "claimed":
        return [_("%(name)s has not said yet whether it arrived.", name=shop.business_name)]
    if found.status == "declined":
        return [_("not got"), *([found.reason] if found.reason else [])]
    if found.status == "reversed" and found.reversed_at:
        when = moment(found.reversed_at, shop.timezone)
        return [_("Taken back on %(when)s", when=when), *([found.reason] if found.reason else [])]
    return []


def _after(found: PaymentView, shop: Business, by: str) -> list[str]:
    when = moment(found.created_at, shop.timezone)
    said = [_("Written by %(name)s on %(when)s. Number %(id)s.", name=by, when=when, id=found.id)]
    if found.status == "confirmed" and found.unallocated:
        left = money(found.unallocated, found.currency)
        said.insert(0, _("%(amount)s of it is on nothing yet: it is kept as advance.", amount=left))
    return said


def _sold_row(one: dict[str, Any], currency: str) -> list[str]:
    note = amount_of(one["quantity"], one["unit"])
    if one["rate"] is not None:
        note = f"{note} × {money(one['rate'], currency)}"
    return [day_text(one["date"], "d MMM"), one["item_name"], note, money(one["amount"], currency)]


def _landed_row(line: LineView | None, amount: int, currency: str) -> list[str]:
    if line is None:
        return ["", "", "", money(amount, currency)]
    what = line.item_name
    if line.target == "adjustment":
        what = correction_word(line.kind, line.item_name)
    note = ""
    if line.amount != amount:
        note = _("a part of %(sum)s", sum=money(line.amount, currency))
    return [day_text(line.date), what, note, money(amount, currency)]


def paper_pdf(found: PaperView, *, shop: Business, party: Party | None, by: str) -> bytes:
    """An invoice or a bill on A4, with the code to pay by when something is due and the vendor takes UPI."""
    currency = found.currency
    title = paper_title(found.kind, found.number)
    tables = []
    if found.lines:
        tables.append(_paper_table(_("What is on it"), found.lines, currency))
    tables += [_paper_table(paper_title(one.kind, one.number), one.lines, currency) for one in found.invoices]
    states = {"open": _("open"), "part_paid": _("partly paid"), "paid": _("paid"), "void": _("taken back")}
    void = found.status == "void"
    return pdf.render(
        "billing/paper.typ",
        {
            "title": title,
            "shop": shop.business_name,
            "under": [_("for %(name)s", name=party.name) if party else _("at the counter")],
            "right": [title, moment(found.created_at, shop.timezone), states[found.status]],
            "foot": [shop.business_name, title, pdf.made_on(shop.timezone)],
            "heads": [_("Days"), _("What"), _("Amount")],
            "tables": tables,
            "sums": [
                [_("Together"), "", money(found.amount, currency)],
                [_("Paid"), "", money(found.paid, currency)],
            ],
            "total": [_("Still to pay"), "–" if void else money(found.due, currency)],
            "pay": None if void else _pay(found, shop),
            "after": [_("Written by %(name)s.", name=by)],
        },
    )


def pay_link_of(found: PaperView, shop: Business) -> str | None:
    """What the code on it holds."""
    return pay_link(
        shop.upi_id,
        shop.business_name,
        currency=found.currency,
        amount=found.due,
        note=f"{found.kind.capitalize()} {found.number}",
    )


def _pay(found: PaperView, shop: Business) -> dict[str, Any] | None:
    link = pay_link_of(found, shop)
    if link is None:
        return None
    return {
        "code": pdf.qr_code(link),
        "title": _("Pay with any UPI app"),
        "amount": money(found.due, found.currency),
        "lines": [_("to %(name)s", name=shop.business_name), shop.upi_id],
    }


def _paper_table(title: str, lines: Sequence[PaperLine], currency: str) -> dict[str, Any]:
    return {"title": title, "rows": [_paper_row(one, currency) for one in grouped(lines)]}


def _paper_row(one: Group, currency: str) -> list[str]:
    days = day_text(one.last, "d MMM")
    if one.count > 1:
        first = day_text(one.first, "d" if one.first.month == one.last.month else "d MMM")
        days = f"{first}–{days}"
    note = amount_of(one.quantity, one.unit)
    if one.count > 1:
        note = f"{one.count} × {note}"
    if one.rate is not None:
        note = f"{note} × {money(one.rate, currency)}"
    return [days, one.item_name, note, money(one.amount, currency)]
