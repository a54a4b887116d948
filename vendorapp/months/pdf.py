"""The statement as words for its PDF: what stands on the page, with one cell for each day of each order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.numbers import get_currency_name
from flask_babel import get_locale
from flask_babel import gettext as _

from ..billing.rules.upi import pay_link
from ..billing.words import correction_word, method_word
from ..kernel import pdf
from ..kernel.babel import day as day_text
from ..kernel.babel import moment, money
from ..kernel.babel import month as month_name
from ..kernel.fields import month_text
from ..orders.models import OrderTerms
from ..orders.queries import terms_of
from ..orders.words import amount_of, days_of
from .pdf_days import days_of_orders
from .sheet import Sheet
from .sheet_words import closing, signed, stands

TEMPLATE = "months/statement.typ"


def statement_pdf(found: Sheet, *, patient: bool = False) -> bytes:
    """The statement on A4, in the reader's language. 503 `busy` as `kernel.pdf.render` has it."""
    return pdf.render(TEMPLATE, words_of(found), patient=patient)


def file_name(found: Sheet) -> str:
    return f"account-{number_of(found)}"


def number_of(found: Sheet) -> str:
    """What tells this statement from all others: the account and its month."""
    return f"{found.customer.customer_id}-{month_text(found.view.month.month)}"


@dataclass(frozen=True, slots=True)
class Pay:
    """What is not paid today of the month and those before it, in paise, and the link that pays it."""

    amount: int
    link: str


def pay_of(found: Sheet) -> Pay | None:
    """None when there is nothing to pay, or no way to by UPI."""
    shop, amount = found.business, found.open - found.advance
    link = pay_link(
        shop.upi_id,
        shop.business_name,
        currency=shop.currency,
        amount=amount,
        note=f"Account {number_of(found)}",
    )
    return Pay(amount, link) if link else None


def words_of(found: Sheet) -> dict[str, Any]:
    """Everything that stands on it, as `months/statement.typ` takes it."""
    shop, row, month = found.business, found.customer, found.view.month.month
    title = _("Account of %(month)s", month=month_name(month))
    closed = found.view.acceptance.closed_at
    return {
        "title": f"{title} · {row.name}",
        "shop": shop.business_name,
        "under": [_("for %(name)s", name=row.name)],
        "right": [
            title,
            _("Number %(number)s", number=number_of(found)),
            _("closed") if closed else _("open") if found.over else _("still running"),
        ],
        "foot": [shop.business_name, title, _("Number %(number)s", number=number_of(found)),
                 pdf.made_on(shop.timezone)],
        "titles": {
            "deliveries": _("Deliveries"),
            "terms": _("What was agreed"),
            "accepted": _("Who accepted it"),
        },
        **_sums(found),
        "pay": _pay(found),
        **days_of_orders(found),
        "sections": [one for one in (_extras(found), _payments(found), _corrections(found)) if one["rows"]],
        "terms-heads": [_("What"), _("Since"), _("Accepted")],
        "terms": [_terms(found, one) for one in found.view.terms],
        **_acceptance(found),
    }  # fmt: skip


def _sums(found: Sheet) -> dict[str, Any]:
    sums, currency = found.view.month.sums, found.business.currency
    rows = [
        (_("From before"), stands(sums.opening, found), signed(sums.opening, currency)),
        (_("Delivered"), "", signed(sums.charges, currency)),
        (_("Paid"), "", signed(-sums.payments, currency)),
    ]
    if sums.adjustments:
        rows.append((_("Corrected"), "", signed(sums.adjustments, currency)))
    beside = []
    if sums.disputed:
        beside.append(
            _("%(amount)s is not agreed yet and not in these sums.", amount=money(sums.disputed, currency))
        )
    name = get_currency_name(currency, count=2, locale=get_locale() or "en")
    beside.append(_("All amounts are in %(currency)s (%(code)s).", currency=name, code=currency))
    return {
        "sums": rows,
        "total": (
            _("At the end of the month") if found.over else _("Until today"),
            signed(sums.closing, currency),
        ),
        "closing": closing(sums.closing, found),
        "beside": beside,
    }


def _pay(found: Sheet) -> dict[str, Any] | None:
    pay, shop = pay_of(found), found.business
    if pay is None:
        return None
    return {
        "code": pdf.qr_code(pay.link),
        "title": _("Pay with any UPI app"),
        "amount": money(pay.amount, shop.currency),
        "lines": [
            _("to %(name)s", name=shop.business_name),
            shop.upi_id,
            _("That is what is open of it on the day this was made."),
        ],
    }


# -- tables --------------------------------------------------------------------------------------------


def _table(title: str, what: str, rows: Sequence[tuple[str, str, str, str]]) -> dict[str, Any]:
    return {"title": title, "heads": [_("Day"), what, _("Amount")], "rows": rows}


def _short(day: date) -> str:
    return day_text(day, "EEE d MMM")


def _extras(found: Sheet) -> dict[str, Any]:
    currency = found.business.currency
    disputed = {one.order_id for one in found.disputes if not one.record}
    rows = []
    for one in found.view.extras:
        note = amount_of(one.terms.quantity, one.terms.unit)
        if one.rate is not None:
            note = f"{note} × {money(one.rate, currency)}"
        amount = _("not agreed") if one.id in disputed else money(one.amount or 0, currency)
        rows.append((_short(one.start_date), one.terms.item_name, note, amount))
    return _table(_("Extras"), _("What"), rows)


def _payments(found: Sheet) -> dict[str, Any]:
    currency = found.business.currency
    rows = [
        (
            _short(one.date),
            _("taken back") if one.amount < 0 else method_word(one.method),
            one.note or "" if one.amount > 0 else "",
            signed(-one.amount, currency),
        )
        for one in found.view.payments
    ]
    return _table(_("Payments"), _("How"), rows)


def _corrections(found: Sheet) -> dict[str, Any]:
    currency = found.business.currency
    rows = [
        (_short(one.date), correction_word(one.kind, one.reason), "", signed(one.amount, currency))
        for one in found.view.adjustments
    ]
    return _table(_("Corrections"), _("Why"), rows)


# -- agreements ----------------------------------------------------------------------------------------


def _terms(found: Sheet, row: OrderTerms) -> tuple[str, str, str]:
    """One version: what, since when, and whose yes it has."""
    shop, currency = found.business, found.business.currency
    what = _(
        "%(item)s: %(quantity)s × %(price)s, %(days)s",
        item=row.item_name,
        quantity=amount_of(row.quantity, row.unit),
        price=money(row.rate, currency),
        days=days_of(terms_of(row)),
    )
    when = moment(row.accepted_at, shop.timezone)
    vendor = row.accepted_by == shop.vendor_id
    name = shop.business_name if vendor else found.customer.name
    if row.on_behalf_note:
        by = _(
            "Agreed: “%(note)s”. Written down by %(name)s on %(when)s",
            note=row.on_behalf_note,
            name=name,
            when=when,
        )
    else:
        by = _("Accepted by %(name)s on %(when)s", name=name, when=when)
    since = _("%(day)s (version %(number)s)", day=day_text(row.effective_from), number=row.version)
    return what, since, by


def _acceptance(found: Sheet) -> dict[str, Any]:
    accepted, shop, row = found.view.acceptance, found.business, found.customer
    lines = []
    for name, at in ((shop.business_name, accepted.by_vendor_at), (row.name, accepted.by_customer_at)):
        if at:
            when = moment(at, shop.timezone)
            lines.append(("✓", _("%(name)s, on %(when)s", name=name, when=when)))
        else:
            lines.append(("○", _("%(name)s: not yet", name=name)))
    if found.note:
        text = _("%(name)s, as %(shop)s wrote: %(note)s", name=row.name, shop=shop.business_name,
                 note=found.note)  # fmt: skip
        lines[1] = ("✓", text)
    closed = []
    if accepted.closed_at:
        closed.append(
            _(
                "Closed on %(when)s: nothing in this month moves any more."
                " What turns out wrong is corrected in a later one.",
                when=moment(accepted.closed_at, shop.timezone),
            )
        )
    return {"accepted": lines, "closed": closed}
