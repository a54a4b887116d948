"""HTML forms as a second front door: the shapes and verbs of JSON, their problems beside the fields.

    form = PauseForm()  # a `PageForm`
    if form.is_submitted():
        done = attempt(lambda: service.pause(caller, shape(form, PauseIn)), form)
        if done.ok:
            flash(_("Paused."))
            return redirect(…)
    return render_template("…", form=form), done.status

A form only carries text; what the text may be is the model's business, so that a rule stands once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import wtforms
from flask import g
from flask_babel import get_translations, gettext
from flask_wtf import FlaskForm
from sqlalchemy.exc import DBAPIError

from . import typed
from .babel import day, in_words
from .database import session, transaction
from .endpoint import RETRIED_STATES, TRIES, sqlstate
from .errors import FieldError, Invalid, Problem, WrittenMeanwhile
from .fields import Body
from .said import plural, reason, said
from .shape import field_names, read

Result = TypeVar("Result")
B = TypeVar("B", bound=Body)


# What WTForms itself says beside fields of ours, so that the catalogues have it.
BUILT_IN = (
    said("This field is required."),
    said("Not a valid choice."),
    said("Invalid Choice: could not coerce."),
    said("Not a valid integer value."),
    said("Not a valid decimal value."),
    said("Not a valid date value."),
    said("Not a valid time value."),
    said("Invalid choice(s): one or more data inputs could not be coerced."),
    said("Invalid input."),
    *plural(
        "Field cannot be longer than %(max)d character.",
        "Field cannot be longer than %(max)d characters.",
    ),
    *plural(
        "'%(value)s' is not a valid choice for this field.",
        "'%(value)s' are not valid choices for this field.",
    ),
)


class _Words:
    """WTForms' own sentences come from our catalogues; it fills in their values itself."""

    def gettext(self, text: str) -> str:
        return str(get_translations().gettext(text))

    def ngettext(self, one: str, many: str, count: int) -> str:
        return str(get_translations().ngettext(one, many, count))


class _NumberField(wtforms.StringField):  # type: ignore[misc]
    """A number as people type it; `data` is it as the contract has it, or what was typed where it is none."""

    data: Any

    def read_typed(self, raw: str) -> str:
        raise NotImplementedError

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if valuelist and self.data:
            try:
                self.data = self.read_typed(self.data)
            except typed.Unclear as error:
                # Said beside the field by `shape`, and by the field's own checks where a form has them.
                raise ValueError(in_words(reason(error))) from None


class AmountField(_NumberField):
    """Money, with the sign of a vendor's own currency if they like."""

    def read_typed(self, raw: str) -> str:
        caller = g.get("caller")
        own = caller.business if caller else None
        return typed.amount(raw, own.currency if own else None)


class QuantityField(_NumberField):
    """How much of something."""

    def read_typed(self, raw: str) -> str:
        return typed.quantity(raw)


class PageForm(FlaskForm):  # type: ignore[misc]
    """What every form of a page is made of."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, _form: Any) -> _Words:
            return _Words()


class InnerForm(wtforms.Form):  # type: ignore[misc]
    """A part of a form that stands in it several times: a line, a component."""

    class Meta(wtforms.Form.Meta):  # type: ignore[misc]
        def get_translations(self, _form: Any) -> _Words:
            return _Words()


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What came of a verb: its result, or the problem that the person can be told on the same page."""

    value: Result | None = None
    problem: Problem | None = None

    @property
    def ok(self) -> bool:
        return self.problem is None

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows it."""
        return self.problem.status if self.problem else 200


def in_transaction(verb: Callable[[], Result]) -> Result:
    """Run one verb in the one transaction; again when the database asks for it, or somebody else wrote
    meanwhile, as JSON routes do."""
    for left in reversed(range(TRIES)):
        try:
            with transaction():
                return verb()
        except WrittenMeanwhile:
            if not left:
                raise
        except DBAPIError as error:
            session().rollback()
            if sqlstate(error) not in RETRIED_STATES or not left:
                raise
    raise AssertionError("unreachable")


def attempt(verb: Callable[[], Result], form: Any = None) -> Outcome[Result]:
    """Run one verb in the one transaction. A problem becomes errors of `form` (a FlaskForm) and is answered.

    What has no place on the page that asked (401, a path that leads nowhere) is raised on.
    """
    try:
        return Outcome(in_transaction(verb))
    except Problem as problem:
        if problem.status == 401 or (problem.status == 404 and not problem.errors):
            raise
        if form is not None:
            blame(form, problem)
        return Outcome(problem=problem)


def shape(form: Any, model: type[B]) -> B:
    """The fields of `form` that `model` knows, as a `model`; empty ones count as not sent.

    Raises `Invalid` with all faults, as JSON would.
    """
    known_names = field_names(model)
    fields = [field for field in form if field.short_name in known_names]
    faults = [
        FieldError(field.short_name, "invalid", _text(message))
        for field in fields
        for message in field.process_errors
    ]
    try:
        found = read(model, {field.short_name: _plain(field.data) for field in fields})
    except Invalid as problem:
        known = {fault.field for fault in faults}
        faults += [fault for fault in problem.errors if fault.field not in known]
    if faults:
        raise Invalid(*faults)
    return found


def _text(message: Any) -> str:
    return message if isinstance(message, str) else str(message)


def _plain(value: Any) -> Any:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def blame(form: Any, problem: Problem) -> None:
    """Put each of the problem's errors beside its field; the rest stands above the form."""
    loose = []
    for error in problem.errors:
        field = next((one for one in form if one.short_name == error.field.split(".")[0]), None)
        if field is None:
            loose.append(in_words(error.message))
        else:
            field.errors = [*field.errors, in_words(error.message)]
    if loose or not problem.errors:
        form.form_errors = [*form.form_errors, *(loose or [sentence(problem)])]


def sentence(problem: Problem) -> str:
    """The problem in the reader's language, with the fact that helps: the earliest day that goes."""
    text = in_words(problem.detail)
    earliest = problem.facts.get("earliest")
    if isinstance(earliest, str):
        first = day(date.fromisoformat(earliest))
        text += " " + str(gettext("The earliest day is %(day)s.", day=first))
    return text
