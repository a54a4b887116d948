"""From raw JSON or a query string to a `Body` model: right names, unknown fields, every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from .aliases import ALIASES, counts_as_sent, right_names
from .errors import FieldError, Forbidden, Invalid, Problem
from .fields import Body

B = TypeVar("B", bound=Body)
# What is wrong with which fields a body has, whatever is in them; None when that is fine.
Outline = Callable[[Mapping[str, Any]], Problem | None]


def field_names(model: type[Body]) -> frozenset[str]:
    """The names a client knows the fields of `model` by; ``from`` is called otherwise inside."""
    return frozenset(field.alias or name for name, field in model.model_fields.items())


@lru_cache
def _parts(model: type[Body]) -> tuple[frozenset[str], dict[str, type[Body]]]:
    """The field names of `model`, and the models of those fields that hold objects or lists of them."""
    nested: dict[str, type[Body]] = {}
    for inside, field in model.model_fields.items():
        name = field.alias or inside
        stack: list[Any] = [field.annotation]
        while stack:
            kind = stack.pop()
            if isinstance(kind, type) and issubclass(kind, Body):
                nested[name] = kind
            stack.extend(get_args(kind))
    return field_names(model), nested


def _rename(
    model: type[Body], raw: dict[str, Any], at: str, caller_id: int | None, faults: list[FieldError]
) -> dict[str, Any]:
    for key, value in raw.items():
        if ALIASES.get(key, key) != "created_by" or not counts_as_sent(value):
            continue
        if type(value) is not int or value != caller_id:
            raise Forbidden("created_by_mismatch", "created_by must be the login that calls.")
    known, nested = _parts(model)
    found, wrong = right_names(raw, known, at)
    faults += wrong
    for name, inner in nested.items():
        value = found.get(name)
        if isinstance(value, dict):
            before = len(faults)
            found[name] = _rename(inner, value, f"{at}{name}.", caller_id, faults)
            if not found[name] and len(faults) == before:  # nothing in it was really sent
                del found[name]
        elif isinstance(value, list):
            found[name] = [
                _rename(inner, one, f"{at}{name}.{i}.", caller_id, faults) if isinstance(one, dict) else one
                for i, one in enumerate(value)
            ]
    return found


def _sentence(error: Any) -> str:
    if error["type"] == "missing":
        return "This field is required."
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].upper() + message[1:] + "."


def read(
    model: type[B], raw: dict[str, Any], *, caller_id: int | None = None, outline: Outline | None = None
) -> B:
    """`raw` as a `model`. Raises `Invalid` with all faults, `Forbidden` for a foreign ``created_by``.

    When a value is at fault nobody gets to see the body as a `model`; `outline` then looks at the raw one,
    by its right names, and what it finds comes first.
    """
    faults: list[FieldError] = []
    found = _rename(model, raw, "", caller_id, faults)
    try:
        result = model.model_validate(found)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in one["loc"])
            faults.append(FieldError(place, "invalid", _sentence(one)))
    if faults:
        first = outline(found) if outline else None
        if first is not None:
            errors = [*first.errors, *faults]
            raise Problem(first.status, first.code, first.detail, errors=errors, facts=first.facts)
        raise Invalid(*faults)
    return result


def read_query(model: type[B], args: MultiDict[str, str]) -> B:
    """The query string as a `model`; an empty value counts as not sent, a repeated one is a fault."""
    twice = [name for name in args if len(args.getlist(name)) > 1]
    if twice:
        raise Invalid(*(FieldError(name, "invalid", "Given more than once.") for name in twice))
    sent: Mapping[str, str] = args.to_dict()
    return read(model, dict(sent))
