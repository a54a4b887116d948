"""One import line a room, so that migrations see every table. No classes here."""

from .accounts import models as accounts
from .comments import models as comments
from .customers import models as customers
from .kernel import idempotency, jobs
from .ledger import models as ledger
from .notices import models as notices
from .on_demand import models as on_demand
from .orders import models as orders
from .records import models as records

__all__ = [
    "accounts",
    "comments",
    "customers",
    "idempotency",
    "jobs",
    "ledger",
    "notices",
    "on_demand",
    "orders",
    "records",
]
