"""One product: its stock with its moves, and the empties that customers have of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ...accounts import guards
from ...customers import queries as book
from ...kernel.babel import moment, quantity
from ...kernel.errors import NotFound
from ...kernel.forms import attempt, shape
from ...kernel.money import quantity_text
from ...kernel.paging import PageQuery
from ...kernel.shape import read_query
from .. import queries, rules, service
from ..forms import EmptiesForm, EmptiesShape, HoldersQuery, MoveForm, MoveShape
from ..models import Product
from ..queries import MoveView
from .shared import Page, blueprint, own, price


def amount(thousandths: int, unit: str | None) -> str:
    return quantity(thousandths) + (f" {unit}" if unit else "")


def _seen_count(row: Product) -> str:
    """The count that stands on the page, to find out whether it is still so when the form comes back."""
    count = row.stock_quantity or 0
    return quantity_text(count) if count <= rules.LARGEST_COUNT else ""


@blueprint.route("/catalogue/products/<int:product_id>", methods=["GET", "POST"])
@guards.vendor
def product(product_id: int) -> Page:
    """One product with the moves of its stock, and a form for another."""
    row = own(Product, product_id)
    form = MoveForm(data={"transaction": rules.ADD, "old_quantity": _seen_count(row)})
    status = 200
    if form.is_submitted():
        done = attempt(lambda: _move(product_id, shape(form, MoveShape)), form)
        if done.ok:
            row = own(Product, product_id)
            flash(
                _("Written down. In stock now: %(count)s.", count=amount(row.stock_quantity or 0, row.unit))
            )
            return redirect(url_for("catalogue.product", product_id=product_id))
        status = done.status
        row = own(Product, product_id)
        form.old_quantity.data = _seen_count(row)
    query = read_query(PageQuery, request.args)
    found = queries.moves(row.vendor_id, product_id=product_id, limit=query.limit, cursor=query.cursor)
    page = render_template(
        "catalogue/product.html",
        row=row,
        form=form,
        figures=_figures(row),
        moves=[_line(view, row.unit) for view in found.items],
        next=found.next,
    )
    return page, status


def _figures(row: Product) -> list[tuple[str, ...]]:
    count = row.stock_quantity
    figures: list[tuple[str, ...]] = [
        (_("In stock"), _("not counted") if count is None else amount(count, row.unit)),
        (
            _("Price"),
            _("agreed at each sale") if row.rate is None else price(row.rate),
            _("for 1 %(unit)s", unit=row.unit) if row.unit and row.rate is not None else "",
        ),
    ]
    if row.returnable:
        total, people = queries.empties_out(row.id)
        note = ngettext("with %(num)d customer", "with %(num)d customers", people)
        figures.append((_("Empties out"), quantity(total), note))
    return figures


def _line(view: MoveView, unit: str | None) -> dict[str, Any]:
    """A move as a line of the list."""
    row = view.move
    words = {rules.SOLD: _("sold"), rules.TAKEN_BACK: _("sale taken back")}
    reason = words.get(row.reason or "", row.reason) if row.order_id is not None else row.reason
    sign = "+" if row.transaction == rules.ADD else "−"
    return {
        "title": sign + amount(row.quantity, unit),
        "text": " · ".join(part for part in (view.customer_name, reason) if part) or None,
        "when": moment(row.created_at, guards.caller().own_business.timezone),
        "returned": row.returned,
        "value": f"{quantity(row.old_quantity)} → {quantity(row.new_quantity)}",
    }


def _move(product_id: int, sent: MoveShape) -> None:
    own_id = guards.caller().user_id
    asked = service.Move(sent.transaction, sent.quantity, old_quantity=sent.old_quantity)
    service.move(own_id, product_id, asked, customer_id=None, reason=sent.reason, actor_id=own_id)


@blueprint.get("/catalogue/products/<int:product_id>/empties")
@guards.vendor
def empties(product_id: int) -> Page:
    """Who has empties of a product; searched, everybody in the book."""
    row = own(Product, product_id)
    query = read_query(HoldersQuery, request.args)
    found = queries.holders(row.vendor_id, row, q=query.q, limit=query.limit, cursor=query.cursor)
    return render_template(
        "catalogue/empties.html",
        row=row,
        query=query,
        rows=found.items,
        next=found.next,
        out=queries.empties_out(row.id),
    )


@blueprint.route("/catalogue/products/<int:product_id>/empties/<int:customer_id>", methods=["GET", "POST"])
@guards.vendor
def move_empties(product_id: int, customer_id: int) -> Page:
    """Empties that one customer brought back, or was given."""
    row = own(Product, product_id)
    customer = book.for_vendor(row.vendor_id, customer_id)
    if customer is None:
        raise NotFound()
    form = EmptiesForm(data={"way": "back", "old_quantity": _seen_count(row)})
    status = 200
    if form.is_submitted():
        done = attempt(lambda: _move_empties(product_id, customer_id, shape(form, EmptiesShape)), form)
        if done.ok:
            left = quantity(queries.empties_count(customer_id, product_id))
            flash(_("Written down. %(name)s has %(count)s now.", name=customer.name, count=left))
            return redirect(url_for("catalogue.empties", product_id=product_id))
        status = done.status
        row = own(Product, product_id)
        form.old_quantity.data = _seen_count(row)
    page = render_template(
        "catalogue/empties_form.html",
        row=row,
        customer=customer,
        form=form,
        figures=[
            (_("%(name)s has", name=customer.name), quantity(queries.empties_count(customer_id, product_id))),
            (_("In stock"), _("not counted") if row.stock_quantity is None else quantity(row.stock_quantity)),
        ],
    )
    return page, status


def _move_empties(product_id: int, customer_id: int, sent: EmptiesShape) -> None:
    own_id = guards.caller().user_id
    back = sent.way == "back"
    asked = service.Move(
        rules.ADD if back else rules.REMOVE,
        sent.quantity,
        old_quantity=sent.old_quantity,
        returned=back,
    )
    service.move(own_id, product_id, asked, customer_id=customer_id, reason=sent.reason, actor_id=own_id)
