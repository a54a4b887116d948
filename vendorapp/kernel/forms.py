"""HTML forms as a second front door: the shapes and verbs of JSON, their problems beside the fields.

    form = PauseForm()
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

from flask_babel import gettext
from sqlalchemy.exc import DBAPIError

from .babel import day
from .database import session, transaction
from .endpoint import RETRIED_STATES, TRIES, sqlstate
from .errors import FieldError, Invalid, Problem, WrittenMeanwhile
from .fields import Body
from .shape import field_names, read

Result = TypeVar("Result")
B = TypeVar("B", bound=Body)


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
        FieldError(field.short_name, "invalid", str(message))
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


def _plain(value: Any) -> Any:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def blame(form: Any, problem: Problem) -> None:
    """Put each of the problem's errors beside its field; the rest stands above the form."""
    loose = []
    for error in problem.errors:
        field = next((one for one in form if one.short_name == error.field.split(".")[0]), None)
        if field is None:
            loose.append(gettext(error.message))
        else:
            field.errors = [*field.errors, gettext(error.message)]
    if loose or not problem.errors:
        form.form_errors = [*form.form_errors, *(loose or [sentence(problem)])]


def sentence(problem: Problem) -> str:
    """The problem in the reader's language, with the fact that helps: the earliest day that goes."""
    text = str(gettext(problem.detail))
    earliest = problem.facts.get("earliest")
    if isinstance(earliest, str):
        first = day(date.fromisoformat(earliest))
        text += " " + str(gettext("The earliest day is %(day)s.", day=first))
    return text
