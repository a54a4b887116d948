"""Forms of the catalogue's pages: plain text fields; what they may hold is said by the models of JSON."""

from __future__ import annotations

from typing import Any, Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from ..kernel.babel import in_words
from ..kernel.errors import Problem
from ..kernel.fields import Body, PositiveQuantity, Quantity, ShortText
from ..kernel.forms import AmountField, InnerForm, PageForm, QuantityField, blame
from ..kernel.paging import PageQuery
from ..kernel.shape import read
from .schemas import PackageIn, Status


class CatalogueQuery(PageQuery):
    """Which list of the catalogue, and which of its items."""

    kind: Literal["product", "package", "service"] = "product"
    status: Literal["active", "inactive", "all"] = "active"
    q: ShortText | None = None


class HoldersQuery(PageQuery):
    q: ShortText | None = None


class StatusShape(Body):
    status: Status


class MoveShape(Body):
    """A move of stock; `old_quantity` is the count that stood on the page."""

    transaction: Literal["add", "remove"]
    quantity: PositiveQuantity
    old_quantity: Quantity | None = None
    reason: ShortText | None = None


class EmptiesShape(Body):
    """Empties that a customer brought back, or goods that were handed out to them."""

    way: Literal["back", "out"]
    quantity: PositiveQuantity
    old_quantity: Quantity | None = None
    reason: ShortText | None = None


class StatusForm(PageForm):
    """A button."""

    status = HiddenField()


class ProductForm(PageForm):
    """What is said of a product."""

    name = StringField(_l("Name"), [InputRequired()])
    rate = AmountField(_l("Price of one"))
    unit = StringField(_l("Unit"))
    category = StringField(_l("Category"))
    returnable = BooleanField(_l("Its empties come back (bottles, cans, crates)"))


class ServiceForm(PageForm):
    """What is said of a service."""

    name = StringField(_l("Name"), [InputRequired()])
    rate = AmountField(_l("Price of one"))
    unit = StringField(_l("Unit"))


class PartForm(InnerForm):
    """So much of a product that is in the package; an emptied quantity takes it out."""

    product_id = HiddenField()
    quantity = QuantityField(_l("Quantity"))


class PackageForm(PageForm):
    """What is said of a package: its parts, and a product to add to them."""

    name = StringField(_l("Name"), [InputRequired()])
    rate = AmountField(_l("Price of one package"))
    components = FieldList(FormField(PartForm))
    product = SelectField(_l("Add a product"))
    amount = QuantityField(_l("How much of it"))

    def __init__(self, *args: Any, products: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product.choices = [
            SelectChoice("", _("Choose …")),
            *(SelectChoice(str(product_id), name) for product_id, name in products),
        ]

    def gather(self) -> None:
        """Drop the parts whose quantity was emptied, and take the chosen product in among them."""
        kept = [one.data for one in self.components.entries if (one.data["quantity"] or "").strip()]
        if self.product.data and all(one["product_id"] != self.product.data for one in kept):
            kept.append(
                {"product_id": self.product.data, "quantity": (self.amount.data or "").strip() or "1"}
            )
            self.product.data, self.amount.data = "", ""
        while self.components.entries:
            self.components.pop_entry()
        for one in kept:
            self.components.append_entry({name: one[name] for name in ("product_id", "quantity")})

    def product_ids(self) -> list[int]:
        """The products that are in it so far."""
        return [_number(one.data["product_id"]) for one in self.components.entries]

    def package(self) -> PackageIn:
        """What was gathered. Raises `Invalid` with all faults, as JSON would."""
        parts = [
            {"product_id": product_id, "quantity": one.data["quantity"].strip()}
            for product_id, one in zip(self.product_ids(), self.components.entries, strict=True)
        ]
        return read(PackageIn, {"name": self.name.data, "rate": self.rate.data, "components": parts})

    def refuse(self, problem: Problem) -> None:
        """Say each fault beside its field; one of a part beside that part."""
        others = []
        for error in problem.errors:
            name, _dot, rest = error.field.partition(".")
            place = rest.partition(".")[0]
            if name == "components" and place.isdigit() and int(place) < len(self.components.entries):
                field = self.components.entries[int(place)].form.quantity
                field.errors = [*field.errors, in_words(error.message)]
            elif name == "components":
                self.product.errors = [*self.product.errors, _("Choose what is in the package.")]
            else:
                others.append(error)
        if others or not problem.errors:
            blame(self, Problem(problem.status, problem.code, problem.detail, errors=others))


def _number(typed: str | None) -> int:
    """An id as the page sent it; 0, which nobody has, for anything else."""
    typed = typed or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


class MoveForm(PageForm):
    """Stock that comes in or goes out."""

    old_quantity = HiddenField()
    transaction = RadioField(
        _l("What happened?"),
        choices=[SelectChoice("add", _l("Came in")), SelectChoice("remove", _l("Went out"))],
    )
    quantity = QuantityField(_l("Quantity"), [InputRequired()])
    reason = StringField(_l("Why"))


class EmptiesForm(PageForm):
    """Empties that come back from a customer, or that the customer was given."""

    old_quantity = HiddenField()
    way = RadioField(
        _l("What happened?"),
        choices=[SelectChoice("back", _l("Empties came back")), SelectChoice("out", _l("Handed out"))],
    )
    quantity = QuantityField(_l("Quantity"), [InputRequired()])
    reason = StringField(_l("Note"))
