"""One base error with status, code and sentence; `kernel.http` turns it into JSON or a page.

Sentences are English in JSON: a client's developer reads them, a client's user reads what the client makes of
the code. Pages say them in the reader's language (`kernel.babel.in_words`). A sentence with a value in it is
made by `kernel.said.said`, never by formatting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .said import said

THIS_LOGIN = said("This login may not do that.")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field, in the words of the contract."""

    field: str
    code: str
    message: str


class Problem(Exception):
    """Something the caller can be told. `status` is the HTTP status, `code` the contract's stable word,
    `facts` stand beside it in the answer (`shortfall`, `earliest`, …)."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.facts = dict(facts or {})

    def error_list(self) -> list[dict[str, str]]:
        return [asdict(error) for error in self.errors]


class NotFound(Problem):
    """404: no such thing, or not yours; the two are never told apart. `field` names it in a body."""

    def __init__(self, field: str | None = None) -> None:
        sentence = said("There is no such thing.")
        errors = [FieldError(field, "not_found", sentence)] if field else []
        super().__init__(404, "not_found", sentence, errors=errors)


class Forbidden(Problem):
    """403: this login may not do that at all."""

    def __init__(self, code: str = "forbidden", detail: str = THIS_LOGIN) -> None:
        super().__init__(403, code, detail)


class Conflict(Problem):
    """409: understood and allowed, but not in the present state; keywords become facts of the answer."""

    def __init__(self, code: str, detail: str, /, **facts: Any) -> None:
        super().__init__(409, code, detail, facts=facts)


class WrittenMeanwhile(Conflict):
    """409 `conflict`: what was found before the locks is no longer so behind them. `kernel.endpoint` looks
    again, so that whoever comes second hears how things stand now; only who loses every time hears this."""

    def __init__(self) -> None:
        super().__init__("conflict", said("Something else was written first. Look again and retry."))


class Invalid(Problem):
    """422: the shape or a value is wrong. All faults at once; the first one's code is the answer's."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(422, errors[0].code, errors[0].message, errors=errors)


def invalid(field: str, message: str, code: str = "invalid") -> Invalid:
    """A 422 with a single fault."""
    return Invalid(FieldError(field, code, message))
