"""Pages about a login: sign in and out, register, settings, a new password by a link."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue as Page
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from ..kernel.babel import choose_language, in_language, known_language
from ..kernel.database import transaction
from ..kernel.errors import Conflict, Forbidden, NotFound, Problem
from ..kernel.languages import languages
from ..kernel.limits import limiter, register_limit
from . import guards, queries, service
from .forms import (
    NewPasswordForm,
    PasswordForm,
    ProfileForm,
    RegisterForm,
    SignInForm,
    VendorForm,
    local_path,
    taken,
)
from .service import Token

blueprint = Blueprint("accounts", __name__)


@blueprint.app_context_processor
def addresses() -> dict[str, str]:
    """Where the shell's own forms and links go."""
    return {
        "signout_url": url_for("accounts.sign_out"),
        "signin_url": url_for("accounts.sign_in"),
    }


def _onward(form: SignInForm | RegisterForm) -> Response:
    return redirect(form.next.data or "/")


def _read_in(tag: str, response: Response) -> Response:
    """`response`, and this browser's pages in the language `tag` also where nobody is signed in."""
    choose_language(response, tag, secure=bool(current_app.config["SESSION_COOKIE_SECURE"]))
    return response


def _enter(token: Token) -> None:
    """Give this browser the new sign-in; nothing of an earlier one stays in its cookie."""
    cookie.clear()
    cookie.permanent = True
    login_user(queries.caller_by_token(token.token))


@blueprint.route("/sign-in", methods=["GET", "POST"])
@guards.anyone
def sign_in() -> Page:
    """Phone and password; then on to where the person wanted to go."""
    form = SignInForm(next=request.args.get("next", ""))
    if g.caller:
        return _onward(form)
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.errors else 200)
    try:
        with transaction():
            user = service.check_password(form.phone_number.data, form.password.data)
            token = service.start_sign_in(user.id) if user else None
    except Problem as problem:
        if problem.status != 429:
            raise
        text = _("Too many wrong passwords. Please wait a quarter of an hour and try again.")
        form.form_errors.append(text)
        return _sign_in_page(form, 429, problem.headers)
    if user is None or token is None:
        form.form_errors.append(_("The phone number or the password is wrong."))
        return _sign_in_page(form, 401)
    _enter(token)
    return _read_in(known_language(user.locale), _onward(form))


def _sign_in_page(form: SignInForm, status: int, headers: dict[str, str] | None = None) -> Page:
    return render_template("accounts/sign_in.html", form=form), status, headers or {}


@blueprint.get("/language/<tag>")
@guards.anyone
def choose(tag: str) -> Page:
    """Read `tag` here from now on; who is signed in reads their own language all the same."""
    if tag not in languages():
        raise NotFound()
    return _read_in(tag, redirect(local_path(request.args.get("next")) or "/"))


@blueprint.post("/sign-out")
@guards.signed_in
def sign_out() -> Page:
    """End this browser's sign-in."""
    with transaction():
        service.sign_out(guards.caller().sign_in_id)
    logout_user()
    cookie.clear()
    flash(_("You are signed out."))
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/register", methods=["GET", "POST"])
@guards.anyone
@limiter.shared_limit(register_limit, scope="register", methods=["POST"])
def register() -> Page:
    """A new login, signed in at once."""
    form = RegisterForm(next=request.args.get("next", ""), user_type=request.args.get("as"))
    if g.caller:
        return _onward(form)
    if form.validate_on_submit():
        try:
            with transaction():
                user = service.register(**form.values())
                token = service.start_sign_in(user.id)
        except Conflict as problem:
            if problem.code != "phone_taken":
                raise
            form.phone_number.errors.append(taken())
        else:
            _enter(token)
            flash(_("Welcome! Your login is ready."))
            return _onward(form)
    return render_template("accounts/register.html", form=form), 422 if form.errors else 200


def _profile_form() -> ProfileForm:
    caller = guards.caller()
    about: dict[str, Any] = {"obj": caller, "phone": caller.phone_number, "language": caller.locale}
    if caller.business is None:
        return ProfileForm(**about)
    own = caller.business
    business = {name: getattr(own, name) for name in ("timezone", "cut_off", "upi_id", "pay_day")}
    return VendorForm(zone=own.timezone, data=business, **about)


@blueprint.route("/settings", methods=["GET", "POST"])
@guards.signed_in
def settings() -> Page:
    """The login and, for a vendor, the business."""
    form = _profile_form()
    if form.validate_on_submit():
        try:
            with transaction():
                service.change_profile(guards.caller(), user=form.user(), vendor=form.vendor())
        except Conflict as problem:
            if problem.code != "phone_taken":
                raise
            form.phone_number.errors.append(taken())
        else:
            own = known_language(form.locale.data)
            with in_language(own):  # the page that says it is in the new language already
                flash(_("Saved."))
            return _read_in(own, redirect(url_for("accounts.settings")))
    page = render_template("accounts/settings.html", form=form, password_form=PasswordForm(None))
    return page, 422 if form.errors else 200


@blueprint.post("/settings/password")
@guards.signed_in
def password() -> Page:
    """A new password; every other device is signed out."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            with transaction():
                service.change_profile(
                    guards.caller(),
                    user={},
                    vendor={},
                    password=form.password.data,
                    current_password=form.current_password.data,
                )
        except Forbidden:
            form.current_password.errors.append(_("This is not your present password."))
        else:
            flash(_("Your password is changed. Other devices are signed out."))
            return redirect(url_for("accounts.settings"))
    return render_template("accounts/password.html", form=form), 422


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@guards.anyone
def reset(token: str) -> Page:
    """A new password by a one-time link."""
    form = NewPasswordForm()
    if form.validate_on_submit():
        with transaction():
            service.finish_reset(token, form.password.data)
        flash(_("Your new password is set. Please sign in with it."))
        return redirect(url_for("accounts.sign_in"))
    if not queries.reset_is_open(token):
        raise service.reset_expired()
    return render_template("accounts/reset.html", form=form), 422 if form.errors else 200
