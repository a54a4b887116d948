"""The link that UPI apps pay by, as their QR codes hold it."""

from __future__ import annotations

from urllib.parse import quote

from ...kernel.money import amount_text


def pay_link(upi_id: str | None, name: str, *, currency: str, amount: int, note: str) -> str | None:
    """``upi://pay?…`` for so many minor units to whom the UPI id belongs; None when there is nothing to pay,
    or no way to: no UPI id, or another currency than rupees."""
    if not upi_id or currency != "INR" or amount <= 0:
        return None
    fields = {
        "pa": upi_id,
        "pn": name,
        "am": amount_text(amount, "INR"),
        "cu": "INR",
        "tn": note,
    }
    return "upi://pay?" + "&".join(f"{name}={quote(value, safe='@')}" for name, value in fields.items())
