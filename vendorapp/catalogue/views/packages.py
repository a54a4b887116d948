"""Packages: what they hold is put together step by step, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ...accounts import guards
from ...kernel.forms import attempt
from ...kernel.money import quantity_text
from .. import queries, rules, service
from ..forms import PackageForm
from ..models import Package
from ..schemas import PackageIn
from .shared import Page, blueprint, columns, currency, own, set_status, typed_rate


def _parts(sent: PackageIn) -> list[rules.Part]:
    return [rules.Part(one.product_id, one.quantity) for one in sent.components]


@blueprint.route("/catalogue/packages/new", methods=["GET", "POST"])
@guards.vendor
def new_package() -> Page:
    """Add a package."""
    own_id = guards.caller().user_id

    def add(sent: PackageIn) -> None:
        service.add_package(own_id, columns(sent), _parts(sent))

    return _editor(PackageForm(products=queries.choices(own_id)), None, add)


@blueprint.route("/catalogue/packages/<int:package_id>", methods=["GET", "POST"])
@guards.vendor
def edit_package(package_id: int) -> Page:
    """One package, to look at and to change."""
    own_id = guards.caller().user_id
    row = own(Package, package_id)
    held = queries.parts_of([package_id])[package_id]

    def change(sent: PackageIn) -> None:
        parts = _parts(sent)
        # What it holds is only looked at again when it was touched: a product in it may be inactive by now.
        same = {(one.product_id, one.quantity) for one in parts} == {
            (one.product_id, one.quantity) for one in held
        }
        service.change_package(own_id, package_id, columns(sent), None if same else parts)

    form = PackageForm(
        products=queries.choices(own_id),
        data={
            "name": row.name,
            "rate": typed_rate(row.rate),
            "components": [
                {"product_id": str(one.product_id), "quantity": quantity_text(one.quantity)} for one in held
            ],
        },
    )
    return _editor(form, row, change)


def _editor(form: PackageForm, row: Package | None, save: Callable[[PackageIn], None]) -> Page:
    status = 200
    if form.is_submitted():
        form.gather()
        if "more" not in request.form:
            done = attempt(lambda: save(form.package()))
            if done.problem is None:
                flash(_("Saved.") if row else _("%(name)s is in your catalogue.", name=form.name.data))
                return redirect(url_for("catalogue.index", kind=rules.PACKAGE))
            form.refuse(done.problem)
            status = done.status
    inside = form.product_ids()
    form.product.choices = [one for one in form.product.choices if one.value not in map(str, inside)]
    found = queries.find_items(guards.caller().user_id, {(rules.PRODUCT, one) for one in inside})
    page = render_template(
        "catalogue/package.html",
        form=form,
        row=row,
        products={str(product.id): product for product in found.values()},
        currency=currency(),
    )
    return page, status


@blueprint.post("/catalogue/packages/<int:package_id>/status")
@guards.vendor
def package_status(package_id: int) -> Page:
    """Take a package off sale, or back."""
    set_status(Package, package_id)
    return redirect(url_for("catalogue.edit_package", package_id=package_id))
