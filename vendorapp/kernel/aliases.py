"""The seeds' spellings, accepted wherever the right name is, never answered."""

from __future__ import annotations

from typing import Any

from .errors import FieldError

ALIASES: dict[str, str] = {
    "customerid": "customer_id",
    "customerId": "customer_id",
    "CustomerId": "customer_id",
    "createdby": "created_by",
    "itemid": "item_id",
    "qauntity": "quantity",
    "transasction": "transaction",
    "productid": "product_id",
    "productCategory": "product_category",
    "oldQuantity": "old_quantity",
    "newQuantity": "new_quantity",
    "statue": "status",
    "partnerId": "vendor_id",
    "phone": "phone_number",
}

# The server decides these; a client may send them and is not heard.
IGNORED = frozenset({"paid", "visit", "visitid"})


def counts_as_sent(value: Any) -> bool:
    """null, "" and an empty object stand for "not sent"."""
    return value is not None and value != "" and value != {}


def _same(one: Any, other: Any) -> bool:
    """Whether two spellings say the same; true is not the number 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def right_names(
    body: dict[str, Any], known: frozenset[str], at: str
) -> tuple[dict[str, Any], list[FieldError]]:
    """`body` under the right names of the fields in `known`, without what was not really sent.

    `at` prefixes the field names in faults. A spelling is translated only where its right name is a
    field; both spellings with different values are a fault.
    """
    found: dict[str, Any] = {}
    faults: list[FieldError] = []

    def put(name: str, value: Any) -> None:
        if name in found and not _same(found[name], value):
            faults.append(FieldError(at + name, "invalid", "Sent twice with different values."))
        found[name] = value

    sent = {key: value for key, value in body.items() if counts_as_sent(value)}
    if "name" in known and not {"firstname", "lastname"} & known:
        halves = [sent.pop(half, None) for half in ("firstname", "lastname")]
        present = [half for half in halves if half is not None]
        if present:
            whole = all(isinstance(half, str) for half in present)
            put("name", " ".join(half.strip() for half in present) if whole else present[0])
    for key, value in sent.items():
        right = ALIASES.get(key, key)
        if right in known and key not in known:
            put(right, value)
        elif key in known:
            put(key, value)
        elif right not in IGNORED and right != "created_by":
            faults.append(FieldError(at + key, "unknown_field", "There is no such field."))
    return found, faults
