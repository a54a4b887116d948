"""Every page of the product, found in its own route table, with a life behind it that fills them.

`lived(cast)` makes the people and what happened between them; `World.paths` says for each role which
addresses to open. A page that the table has and nobody opens is named by `missed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.accounts.browser import Browser
from tests.cast import Api, Cast
from tests.conftest import _empty
from tests.exchange.test_import import HEAD, add, paste
from tests.on_demand.extras import asked, entered, step
from tests.records.orders import agreed, on_trust, rows
from vendorapp.accounts.service import begin_reset
from vendorapp.kernel import long_work
from vendorapp.kernel.clock import day_in
from vendorapp.kernel.database import transaction

ZONE = "Asia/Kolkata"
SERVED = {"status": "served"}
# What is opened and is no page: files, what machines read, and what only leads elsewhere.
FILES = {
    "accounts.choose",
    "billing.bill_pdf",
    "billing.invoice_pdf",
    "billing.receipt",
    "exchange.example",
    "exchange.export",
    "months.statement_paper",
    "months_shared.paper",
    "operations.favicon",
    "operations.healthz",
    "operations.manifest",
    "operations.metrics",
    "operations.readyz",
    "operations.service_worker",
    "records.record",
    "static",
    "work.file",
}
ROLES = ("anyone", "vendor", "customer")


@dataclass
class World:
    """A dairy, Asha who has two vendors, and what to open: addresses by role."""

    vendor: Api
    household: Api
    row_id: int
    order_id: int
    paths: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)

    def login(self, role: str) -> Api | None:
        return {"vendor": self.vendor, "customer": self.household}.get(role)


def endpoint(app: Flask, path: str) -> str:
    """Which view answers a GET of this address."""
    try:
        name, _ = app.url_map.bind("127.0.0.1").match(path.partition("?")[0], "GET")
    except HTTPException as found:
        raise AssertionError(f"{path}: {found}") from None
    return str(name)


def all_pages(app: Flask) -> set[str]:
    """Whatever can be opened with an address in a browser, the JSON calls left out."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/v1/")
    }


def missed(app: Flask, world: World) -> set[str]:
    """Pages and files that no address of the world opens."""
    opened = {endpoint(app, path) for role in ROLES for path in world.paths[role]}
    assert not opened & FILES, opened & FILES
    files = {endpoint(app, path) for role in ROLES for path in world.files[role]}
    assert files <= FILES, files - FILES
    return all_pages(app) - opened - files - {"static"}


@contextmanager
def begun(app: Flask) -> Iterator[Cast]:
    """The application on an empty database, for a whole file of tests."""
    _empty(app)
    with app.app_context():
        yield Cast(app)


def lived(cast: Cast) -> World:
    """Two vendors, their customers, and something of everything that can happen between them."""
    dairy = cast.vendor()
    dairy.put("/me", {"upi_id": "yadav@upi"}, expect=200)
    household, row_id = cast.household(of=dairy, address="12 Lake Road", opening_balance="540")
    today = day_in(ZONE)
    month = today.isoformat()[:7]
    order_id = agreed(dairy, household, row_id)
    world = World(dairy, household, row_id, order_id)
    for role in ROLES:
        world.paths[role], world.files[role] = [], []
    _days(cast, world, month)
    extras = _extras(world)
    sold, papers, files = _shop(world), _money(world), _files(cast, world, month)
    account = [f"/customers/{row_id}{rest}" for rest in ("", "?month=2020-01", "/open")]
    account += [f"/customers/{row_id}/statement/{month}{rest}" for rest in ("", "/share")]
    order = [f"/orders/{order_id}{rest}" for rest in ("", "/day", "/change", "/end", "/pause")]
    both = [*account, *order, *extras, *papers, "/inbox", "/inbox?unread=true", "/devices", "/settings"]
    both += ["/requests", "/requests?part=changes", "/payments", "/payments?status=claimed", "/invoices"]
    both += ["/bills", "/away", f"/comments?order_id={order_id}"]
    world.paths["vendor"] += [*both, *sold, *_of_the_vendor(cast, world), *files]
    vendor_id = dairy.user["id"]
    world.paths["customer"] += [*both, "/", f"/orders/new?vendor={vendor_id}", "/requests/new"]
    world.paths["customer"] += [f"/requests/new?vendor={vendor_id}", f"/payments/new?vendor={vendor_id}"]
    world.paths["customer"] += [f"/customers/{row_id}/promise"]
    world.paths["anyone"] += ["/", "/sign-in", "/register", "/register?as=customer", "/offline", "/docs"]
    world.paths["anyone"].append("/styleguide")
    with transaction():
        token = begin_reset(household.user["phone_number"])
    world.paths["anyone"].append(f"/reset/{token}")
    return world


def _days(cast: Cast, world: World, month: str) -> None:
    """Marks, a day that is not agreed, talk, changes that wait on either side, pauses, a new price."""
    dairy, household, row_id, order_id = world.vendor, world.household, world.row_id, world.order_id
    today = day_in(ZONE)
    later, after = str(today + timedelta(days=3)), str(today + timedelta(days=5))
    curd = agreed(dairy, household, row_id, item_name="Curd", unit="kg")
    dairy.post(f"/order/{order_id}/attendance", {}, expect=201)
    household.post(f"/order/{order_id}/attendance", {"status": "skipped", "note": "Nobody came."})
    dairy.post(f"/order/{curd}/attendance", {"quantity": "3"}, expect=201)
    record_id = dairy.get(f"/records?order_id={order_id}").json["items"][0]["id"]
    said = household.post("/comments", {"record_id": record_id, "content": "The gate was open."}, expect=201)
    mine = dairy.post("/comments", {"order_id": order_id, "content": "Please ring."}, expect=201)
    world.paths["customer"].append(f"/comments/{said['id']}/edit")
    world.paths["vendor"].append(f"/comments/{mine['id']}/edit")
    world.files["vendor"].append(f"/records/{record_id}")
    change = dairy.put(f"/order/{order_id}", {"quantity": "3", "rate": "56"}, expect=202)["change"]["id"]
    back = household.put(f"/order/{curd}", {"weekdays": [1, 2, 3, 4, 5, 6]}, expect=202)["change"]["id"]
    dairy.post("/orders", {"customer_id": row_id, "item_name": "Paneer", "rate": "90"}, expect=201)
    household.post(f"/order/{curd}/pauses", {"from": later, "to": after, "reason": "Fair"}, expect=201)
    household.post(
        "/pauses", {"from": str(today + timedelta(days=9)), "to": str(today + timedelta(days=12))}, expect=200
    )
    for role in ("vendor", "customer"):
        world.paths[role] += [f"/changes/{change}", f"/changes/{back}", f"/orders/{curd}"]
    paper, gas = cast.vendor(business_name="Morning Paper"), cast.vendor(business_name="City Gas")
    _, theirs = cast.household(of=paper, login=household)
    agreed(paper, household, theirs, item_name="Times", unit="copy", rate="6")
    token = gas.post(f"/customer/{cast.row(gas)['id']}/invite", expect=201)["token"]
    for role in ("anyone", "customer"):
        world.paths[role].append(f"/invite/{token}")


def _extras(world: World) -> list[str]:
    """What was asked for once, in each state."""
    dairy, household, row_id = world.vendor, world.household, world.row_id
    open_, offered, agreed_on, no = (asked(household, dairy, message="For Sunday") for _ in range(4))
    step(dairy, offered, "accept", rate="90")
    step(dairy, no, "decline", reason="None left")
    step(dairy, agreed_on, "accept", rate="80")
    step(household, agreed_on, "accept")
    mine, served, disputed = (entered(dairy, row_id, **more) for more in ({}, SERVED, SERVED))
    step(household, disputed, "decline", reason="Never came")
    shown = [open_, offered, agreed_on, no, mine, served, disputed]
    return [*(f"/requests/{one}" for one in shown), f"/requests/{open_}/change"]


def _shop(world: World) -> list[str]:
    """What the dairy sells."""
    dairy = world.vendor
    body = {"name": "Butter", "rate": "55", "unit": "pack", "category": "dairy", "returnable": True}
    product = dairy.post("/products", body, expect=201)["id"]
    stock = {"transaction": "add", "product_id": product, "quantity": 9}
    dairy.post("/stock-transactions", stock, expect=201)
    dairy.post("/products", {"name": "Sweets"}, expect=201)
    parts = [{"product_id": product, "quantity": 2}]
    package = dairy.post("/packages", {"name": "Set", "rate": "100", "components": parts}, expect=201)["id"]
    service = dairy.post("/services", {"name": "Repair", "rate": "20"}, expect=201)["id"]
    kinds = ("product", "package", "service")
    return [
        *(f"/catalogue?kind={kind}" for kind in kinds),
        *(f"/catalogue/{kind}s/new" for kind in kinds),
        *(f"/catalogue/products/{product}{rest}" for rest in ("", "/edit", "/empties")),
        f"/catalogue/products/{product}/empties/{world.row_id}",
        *(f"/catalogue/packages/{package}", f"/catalogue/services/{service}"),
    ]


def _money(world: World) -> list[str]:
    """Payments in each state and the papers, which both sides see; what else the vendor may do."""
    dairy, household, row_id = world.vendor, world.household, world.row_id
    cakes = [entered(dairy, row_id, **SERVED) for _ in range(3)]
    paid = [
        dairy.post("/payments", {"customer_id": row_id, "amount": "100", **more}, expect=201)["payment"]["id"]
        for more in ({}, {"allocate": "none"}, {"method": "upi", "note": "At the door"})
    ]
    claim = household.post("/payments", {"vendor_id": dairy.user["id"], "amount": "50"}, expect=201)
    dairy.post(f"/payments/{paid[2]}/reverse", {"reason": "False note"}, expect=200)
    invoices = [
        dairy.post("/invoices", {"customer_id": row_id, "orders": [{"id": one}]}, expect=201)["id"]
        for one in cakes[:2]
    ]
    bill = dairy.post("/bills", {"customer_id": row_id, "invoices": invoices[:1]}, expect=201)["id"]
    counter = dairy.post(
        "/payments",
        {"amount": "13", "item": "order", "order": {"item_name": "Cake", "rate": "13"}},
        expect=201,
    )["payment"]["id"]
    dairy.post("/adjustments", {"customer_id": row_id, "amount": "-5", "reason": "Sour"}, expect=201)
    world.paths["vendor"] += ["/counter", f"/counter?customer={row_id}", f"/payments/{counter}"]
    world.paths["vendor"] += [
        f"/payments/new?{what}" for what in (f"customer={row_id}", f"invoice={invoices[1]}")
    ]
    world.paths["vendor"] += [
        f"/customers/{row_id}{rest}" for rest in ("/correct", "/invoice", "/bill", "/remind")
    ]
    for role in ("vendor", "customer"):
        world.files[role] += [
            f"/bills/{bill}.pdf",
            f"/invoices/{invoices[0]}.pdf",
            f"/payments/{paid[0]}.pdf",
        ]
    both = [f"/bills/{bill}", *(f"/invoices/{one}" for one in invoices)]
    return both + [f"/payments/{one}" for one in (*paid, claim["payment"]["id"])]


def _of_the_vendor(cast: Cast, world: World) -> list[str]:
    """The vendor's own pages, with a customer that has no login."""
    dairy, row_id = world.vendor, world.row_id
    lonely = cast.row(dairy, name="Bina")["id"]
    on_trust(dairy, lonely)
    chitra, hers = cast.household(of=dairy, name="Chitra")
    agreed(dairy, chitra, hers, item_name="Curd", unit="kg")
    day = str(day_in(ZONE) + timedelta(days=1))
    dairy.post("/changes", {"item_name": "Curd", "rate": "60", "effective_from": day}, expect=200)
    [[proposal]] = rows("SELECT max(id) FROM rate_proposals")
    paths = [
        "/today",
        f"/today?date={day}",
        "/money",
        "/money?month=2020-01",
        "/customers",
        "/customers?q=zzz",
    ]
    paths += ["/customers/new", "/customers/unreached", "/customers/import", "/exports", "/catalogue"]
    paths += [f"/customers/{row_id}{rest}" for rest in ("/edit", "/invite")]
    paths += [f"/customers/{lonely}{rest}" for rest in ("", "/invite", "/remind")]
    paths += [f"/orders/new?customer={row_id}", "/requests/new", f"/requests/new?customer={row_id}"]
    return [*paths, "/prices", "/prices/new?item=Milk&unit=L", f"/prices/{proposal}"]


def _files(cast: Cast, world: World, month: str) -> list[str]:
    """Work that runs and work that is done, the link to a month, and the files of all kinds."""
    dairy, row_id = world.vendor, world.row_id
    browser = Browser(cast.app).sign_in(dairy)
    browser.get(f"/exports?month={month}").submit(at=f"/exports/accounts?month={month}")
    done = browser.location.partition("?")[0]
    long_work.run(int(done.rpartition("/")[2]))
    add(paste(browser, HEAD + "".join(f"C{one},98765{one:05d},,,,\n" for one in range(201))))
    running = browser.location
    shared = f"/customer/{row_id}/statement/{month}/share"
    link = "/" + dairy.post(shared, expect=201)["url"].partition("://")[2].partition("/")[2]
    world.paths["anyone"].append(link)
    world.files["anyone"] += [
        f"{link}/pdf",
        "/healthz",
        "/readyz",
        "/metrics",
        "/sw.js",
        "/manifest.webmanifest",
        "/favicon.ico",
    ]
    world.files["anyone"].append("/language/hi")
    paper = f"/customers/{row_id}/statement/{month}.pdf"
    world.files["customer"].append(paper)
    world.files["vendor"] += [paper, f"{done}/file", "/customers/import/example.csv"]
    world.files["vendor"] += [
        f"/exports/{what}.csv" for what in ("customers", "orders", "ledger", "payments")
    ]
    return [done, running]
