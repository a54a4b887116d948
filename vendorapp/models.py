"""One import line a room, so that migrations see every table. No classes here."""

from .accounts import models as accounts
from .billing import models as billing
from .catalogue import models as catalogue
from .comments import models as comments
from .customers import models as customers
from .kernel import idempotency, jobs, long_jobs
from .ledger import models as ledger
from .months import models as months
from .notices import models as notices
from .on_demand import models as on_demand
from .orders import models as orders
from .records import models as records
from .reminders import models as reminders

__all__ = [
    "accounts",
    "billing",
    "catalogue",
    "comments",
    "customers",
    "idempotency",
    "jobs",
    "ledger",
    "long_jobs",
    "months",
    "notices",
    "on_demand",
    "orders",
    "records",
    "reminders",
]
