"""The pages of money: the counter, payments, what is settled, invoices and bills."""

from . import counter, money, papers, payments
from .shared import blueprint

__all__ = ["blueprint", "counter", "money", "papers", "payments"]
