"""The catalogue itself, and the forms of products and services."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...kernel.forms import attempt, shape
from ...kernel.shape import read_query
from .. import queries, rules, service
from ..forms import CatalogueQuery, ProductForm, ServiceForm
from ..models import Package, Product, Service
from ..schemas import ProductIn, ServiceIn
from .shared import Page, blueprint, columns, currency, own, price, set_status, typed_rate

MODELS: dict[str, Any] = {rules.PRODUCT: Product, rules.PACKAGE: Package, rules.SERVICE: Service}


@blueprint.get("/catalogue")
@guards.vendor
def index() -> Page:
    """Products, packages or services, searched and paged."""
    query = read_query(CatalogueQuery, request.args)
    found = queries.listed(
        MODELS[query.kind],
        guards.caller().user_id,
        status=query.status,
        q=query.q,
        limit=query.limit,
        cursor=query.cursor,
    )
    parts = queries.parts_of([row.id for row in found.items]) if query.kind == rules.PACKAGE else {}
    return render_template(
        "catalogue/index.html", rows=found.items, next=found.next, query=query, parts=parts, price=price
    )


@blueprint.route("/catalogue/products/new", methods=["GET", "POST"])
@guards.vendor
def new_product() -> Page:
    """Add a product."""
    form = ProductForm()
    status = 200
    if form.is_submitted():
        made = attempt(lambda: _add(Product, shape(form, ProductIn)), form)
        if made.ok and made.value is not None:
            flash(_("%(name)s is in your catalogue.", name=made.value.name))
            return redirect(url_for("catalogue.product", product_id=made.value.id))
        status = made.status
    return render_template("catalogue/product_form.html", form=form, row=None, currency=currency()), status


def _add(kind: Any, sent: Any) -> Any:
    return service.add(kind, guards.caller().user_id, columns(sent))


def _change(kind: Any, item_id: int, sent: Any) -> Any:
    return service.change(kind, guards.caller().user_id, item_id, columns(sent))


@blueprint.route("/catalogue/products/<int:product_id>/edit", methods=["GET", "POST"])
@guards.vendor
def edit_product(product_id: int) -> Page:
    """Change what is said of a product."""
    row = own(Product, product_id)
    form = ProductForm(
        data={
            "name": row.name,
            "category": row.category,
            "unit": row.unit,
            "rate": typed_rate(row.rate),
            "returnable": row.returnable,
        }
    )
    status = 200
    if form.is_submitted():
        done = attempt(lambda: _change(Product, product_id, shape(form, ProductIn)), form)
        if done.ok:
            flash(_("Saved."))
            return redirect(url_for("catalogue.product", product_id=product_id))
        status = done.status
    page = render_template("catalogue/product_form.html", form=form, row=row, currency=currency())
    return page, status


@blueprint.post("/catalogue/products/<int:product_id>/status")
@guards.vendor
def product_status(product_id: int) -> Page:
    """Take a product off sale, or back."""
    set_status(Product, product_id)
    return redirect(url_for("catalogue.product", product_id=product_id))


@blueprint.route("/catalogue/services/new", methods=["GET", "POST"])
@guards.vendor
def new_service() -> Page:
    """Add a service."""
    form = ServiceForm()
    status = 200
    if form.is_submitted():
        made = attempt(lambda: _add(Service, shape(form, ServiceIn)), form)
        if made.ok and made.value is not None:
            flash(_("%(name)s is in your catalogue.", name=made.value.name))
            return redirect(url_for("catalogue.index", kind=rules.SERVICE))
        status = made.status
    return render_template("catalogue/service.html", form=form, row=None, currency=currency()), status


@blueprint.route("/catalogue/services/<int:service_id>", methods=["GET", "POST"])
@guards.vendor
def edit_service(service_id: int) -> Page:
    """One service, to look at and to change."""
    row = own(Service, service_id)
    form = ServiceForm(data={"name": row.name, "unit": row.unit, "rate": typed_rate(row.rate)})
    status = 200
    if form.is_submitted():
        done = attempt(lambda: _change(Service, service_id, shape(form, ServiceIn)), form)
        if done.ok:
            flash(_("Saved."))
            return redirect(url_for("catalogue.index", kind=rules.SERVICE))
        status = done.status
    return render_template("catalogue/service.html", form=form, row=row, currency=currency()), status


@blueprint.post("/catalogue/services/<int:service_id>/status")
@guards.vendor
def service_status(service_id: int) -> Page:
    """Take a service off sale, or back."""
    set_status(Service, service_id)
    return redirect(url_for("catalogue.edit_service", service_id=service_id))
