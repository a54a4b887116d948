"""From raw JSON or a query string to a `Body` model: right names, unknown fields, every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from .aliases import ALIASES, counts_as_sent, right_names
from .errors import FieldError, Forbidden, Invalid, Problem
from .fields import Body
from .said import reason, said

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


# Pydantic's own faults in our words; what else it may find has its own English ones.
FAULTS = {
    "missing": said("This field is required."),
    "string_type": said("Text is expected."),
    "string_too_long": said("At most %(max_length)s characters are allowed."),
    "string_too_short": said("At least %(min_length)s characters are needed."),
    "string_pattern_mismatch": said("This does not have the right form."),
    "list_type": said("A list is expected."),
    "tuple_type": said("A list is expected."),
    "too_long": said("At most %(max_length)s entries are allowed."),
    "too_short": said("At least %(min_length)s entries are needed."),
    "model_type": said("An object is expected."),
    "model_attributes_type": said("An object is expected."),
    "dict_type": said("An object is expected."),
    "literal_error": said("One of these is expected: %(expected)s."),
    "int_type": said("A whole number is expected."),
    "greater_than_equal": said("At least %(ge)s is expected."),
    "less_than_equal": said("At most %(le)s is expected."),
}


def _sentence(error: ErrorDetails) -> str:
    about: dict[str, Any] = error.get("ctx", {})
    if error["type"] == "value_error":
        return reason(about["error"])
    if error["type"] == "literal_error":
        about = {"expected": about["expected"].replace(" or ", ", ")}  # the contract's words, none of ours
    kind = error["type"]
    if kind in ("too_long", "too_short") and isinstance(error["input"], str):
        kind = f"string_{kind}"  # the text went through a check of ours first
    template = FAULTS.get(kind)
    return said(template, **about) if template else error["msg"] + "."


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
        for one in error.errors(include_url=False):
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
