"""Pages of a vendor's book and of invites. (The page of one customer lives in months.)"""

from __future__ import annotations

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Page
from flask_babel import gettext as _

from ..accounts import guards
from ..accounts.queries import business
from ..kernel.babel import moment
from ..kernel.database import transaction
from ..kernel.errors import NotFound, Problem
from ..kernel.paging import PageQuery
from ..kernel.shape import read_query
from ..ledger.queries import balances
from . import queries, service
from .forms import ChangeCustomerForm, NewCustomerForm
from .queries import CustomerView
from .schemas import BookQuery

blueprint = Blueprint("customers", __name__)


def _own(customer_id: int) -> CustomerView:
    found = queries.for_vendor(guards.caller().user_id, customer_id)
    if found is None:
        raise NotFound()
    return found


def _to(customer_id: int) -> Page:
    return redirect(f"/customers/{customer_id}")


@blueprint.get("/customers")
@guards.vendor
def index() -> Page:
    """The book, searched and paged."""
    own = guards.caller().own_business
    query = read_query(BookQuery, request.args)
    page = queries.book(own.vendor_id, **query.model_dump())
    found = balances(customer.customer_id for customer in page.items)
    plain = not (query.q or query.cursor)  # whoever is searching need not be told, at every letter
    rows = [(customer, found[customer.customer_id]) for customer in page.items]
    return render_template(
        "customers/index.html",
        rows=rows,
        next=page.next,
        query=query,
        currency=own.currency,
        unreached=plain and queries.any_unreached(own.vendor_id),
    )


@blueprint.get("/customers/unreached")
@guards.vendor
def unreached() -> Page:
    """Whom no push reached, with their phone numbers."""
    query = read_query(PageQuery, request.args)
    page = queries.unreached(guards.caller().user_id, limit=query.limit, cursor=query.cursor)
    return render_template("customers/unreached.html", page=page)


@blueprint.route("/customers/new", methods=["GET", "POST"])
@guards.vendor
def new() -> Page:
    """Add a customer."""
    caller, form = guards.caller(), NewCustomerForm()
    if form.validate_on_submit():
        try:
            with transaction():
                made = service.add(caller, **form.row())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash(_("%(name)s is in your book.", name=made.name))
            return _to(made.customer_id)
    page = render_template("customers/new.html", form=form, currency=caller.own_business.currency)
    return page, 422 if form.errors else 200


@blueprint.route("/customers/<int:customer_id>/edit", methods=["GET", "POST"])
@guards.vendor
def edit(customer_id: int) -> Page:
    """Change a customer's row."""
    customer = _own(customer_id)
    form = ChangeCustomerForm(obj=customer)
    if form.validate_on_submit():
        try:
            with transaction():
                service.change(guards.caller(), customer_id, form.row())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash(_("Saved."))
            return _to(customer_id)
    page = render_template("customers/edit.html", form=form, customer=customer)
    return page, 422 if form.errors else 200


@blueprint.post("/customers/<int:customer_id>/activate")
@guards.vendor
def activate(customer_id: int) -> Page:
    """Take an inactive customer back."""
    with transaction():
        customer = service.change(guards.caller(), customer_id, {"status": "active"})
    flash(_("%(name)s is a customer again. Their orders stay ended.", name=customer.name))
    return _to(customer_id)


@blueprint.get("/customers/<int:customer_id>/invite")
@guards.vendor
def invite(customer_id: int) -> Page:
    """Whether the row is linked to a login, and the way to a link to share."""
    return render_template("customers/invite.html", customer=_own(customer_id))


@blueprint.post("/customers/<int:customer_id>/invite")
@guards.vendor
def make_invite(customer_id: int) -> Page:
    """A new link, shown this once."""
    own = guards.caller().own_business
    with transaction():
        made = service.invite(own.vendor_id, customer_id)
    base = current_app.extensions["vendorapp"].base_url
    return render_template(
        "customers/invite.html",
        customer=_own(customer_id),
        business_name=own.business_name,
        url=base + url_for("customers.invitation", token=made.token),
        until=moment(made.expires_at, own.timezone),
    )


@blueprint.post("/customers/<int:customer_id>/unlink")
@guards.vendor
def unlink(customer_id: int) -> Page:
    """End the invite and the link to the login."""
    with transaction():
        service.unlink(guards.caller().user_id, customer_id)
    flash(_("The link is ended."))
    return redirect(url_for("customers.invite", customer_id=customer_id))


@blueprint.get("/invite/<token>")
@guards.anyone
def invitation(token: str) -> Page:
    """Who invites; a signed-in customer accepts here, others sign in first."""
    found = queries.open_invite(token)
    if found is None:
        raise service.gone()
    return render_template("customers/invitation.html", invitation=found, here=request.path, reader=g.caller)


@blueprint.post("/invite/<token>")
@guards.customer
def accept(token: str) -> Page:
    """Link this login to the row that the invite was made for."""
    with transaction():
        row = service.accept_invite(guards.caller().user_id, token)
    own = business(row.vendor_id)
    flash(_("You now see your account with %(name)s.", name=own.business_name if own else row.name))
    return redirect("/")
