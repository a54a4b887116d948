"""What the demo's first shop sells at its counter, and what it was paid: made by the verbs themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ..accounts.models import ROLES, User
from ..accounts.queries import Caller, business
from ..billing.rules.papers import INVOICE, NewLine, Wanted
from ..billing.service import claims, counter, papers, payments
from ..catalogue import service as catalogue
from ..catalogue.models import Product, Service
from ..catalogue.rules import ADD, Part
from ..customers.models import Customer
from ..kernel.clock import last_of_month
from ..kernel.database import session
from ..ledger.queries import open_lines
from ..months import accepting
from ..notices import service as notices
from ..on_demand.rules import Goods
from .plan import Span

# The shop's first customers without a login, one for each thing that is shown with them.
FIRST_CUSTOMERS = 3


@dataclass(frozen=True, slots=True)
class Stocked:
    """A product of the counter; the rate in paise, what is there in thousandths (None: not counted)."""

    name: str
    category: str
    unit: str
    rate: int | None
    stock: int | None
    returnable: bool = False


PRODUCTS = (
    Stocked("Butter", "dairy", "pack", 5800, 36000),
    Stocked("Curd cup", "dairy", "piece", 2500, 24000),
    Stocked("Ghee", "dairy", "kg", 68000, 12500),
    Stocked("Lassi", "drinks", "bottle", 4000, 30000, returnable=True),
    Stocked("Mawa", "sweets", "kg", None, None),
)


def _caller(user_id: int) -> Caller:
    """A login of the demo, as the verbs of money want to know who acts."""
    user = session().get_one(User, user_id)
    return Caller(
        user_id=user.id,
        role=ROLES[user.user_type_id],
        name=user.name,
        phone_number=user.phone_number or "",
        email=user.email,
        address=user.address,
        locale=user.locale,
        sign_in_id=0,
        token="",
        business=business(user.id),
    )


def add_money(vendor_id: int, customer_id: int, household_id: int, span: Span) -> None:
    """The shop's catalogue, a sale at the counter, payments, a claim, an invoice, and a month that is closed.

    The household's row is `customer_id`. What the household was told of it counts as read, so that the
    notice about the open proposal stands out.
    """
    shop, home = _caller(vendor_id), _caller(household_id)
    goods = _catalogue(vendor_id)
    day = max(span.yesterday, span.first)
    counter.sell(shop, goods, customer_id=None, money=counter.Money(counter.total(goods), "cash"))
    _pay_some(shop, customer_id, day, "upi")
    claims.claim(home, customer_id, shop=shop.own_business, amount=50000, method="upi", note="From my phone")
    _others(shop, span, day)
    notices.mark_all_read(household_id)


def _catalogue(vendor_id: int) -> Wanted:
    """What is sold at the counter, and its stock; the goods of one sale."""
    made: dict[str, Product] = {}
    for one in PRODUCTS:
        row = catalogue.add(
            Product,
            vendor_id,
            {
                "name": one.name,
                "category": one.category,
                "unit": one.unit,
                "rate": one.rate,
                "returnable": one.returnable,
            },
        )
        made[one.name] = row
        if one.stock is not None:
            move = catalogue.Move(ADD, one.stock)
            catalogue.move(vendor_id, row.id, move, customer_id=None, reason=None, actor_id=vendor_id)
    parts = [Part(made["Butter"].id, 1000), Part(made["Curd cup"].id, 2000)]
    catalogue.add_package(vendor_id, {"name": "Breakfast set", "rate": 10000}, parts)
    catalogue.add(Service, vendor_id, {"name": "Delivery to the door", "rate": 2000, "unit": None})
    sold = (("Butter", 2000), ("Lassi", 3000))
    lines = [
        NewLine(
            f"orders.{place}.",
            Goods(name, made[name].unit, quantity, made[name].rate, "product", made[name].id),
        )
        for place, (name, quantity) in enumerate(sold)
    ]
    return Wanted(new=tuple(lines))


def _pay_some(shop: Caller, customer_id: int, day: date, method: str) -> None:
    """About half of what is open, in full hundreds."""
    due = sum(line.open for line in open_lines(customer_id))
    payments.pay(
        shop,
        payments.NewPayment(
            amount=max(10000, due // 20000 * 10000), method=method, day=day, customer_id=customer_id
        ),
    )


def _others(shop: Caller, span: Span, day: date) -> None:
    """A payment that is kept as advance, an invoice, and an accepted month, each with another customer."""
    ids = session().scalars(
        select(Customer.id)
        .where(Customer.vendor_id == shop.user_id, Customer.user_id.is_(None), Customer.status == "active")
        .order_by(Customer.id)
        .limit(FIRST_CUSTOMERS)
    )
    advance, invoiced, accepted = [*ids.all(), None, None, None][:FIRST_CUSTOMERS]
    if advance is not None:
        payments.pay(
            shop,
            payments.NewPayment(amount=20000, day=day, customer_id=advance, spread=False, note="Advance"),
        )
    last = last_of_month(span.first)
    over = last < span.today
    if invoiced is not None and open_lines(invoiced, first=span.first, last=last):
        made = papers.create_invoice(shop, Wanted(month=span.first), customer_id=invoiced)
        papers.tell_made(shop, INVOICE, made)
    if accepted is not None and over:
        _pay_some(shop, accepted, day, "cash")
        accepting.accept(
            shop, accepted, span.first, closing_balance=None, on_behalf_note="Looked at together at the door"
        )
