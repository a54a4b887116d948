"""Shapes of the pages about a login: sign in, register, settings, a new password."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Any

import phonenumbers
from babel import Locale
from babel.numbers import get_currency_name, get_territory_currencies
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import HiddenField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import EmailField, SelectChoice, TelField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import Select

from ..kernel.babel import language
from ..kernel.fields import one_line
from ..kernel.forms import PageForm
from ..kernel.languages import languages, own_name
from . import rules
from .fields import Fits, blank_is_none, pay_day_choices, pay_day_field, typed_lines

# National forms are read as Indian ones; from elsewhere the number begins with + and the country's code.
HOME = "+919800000000"

# "//host" and "/\host" would lead elsewhere.
LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)

NEEDED = _l("This is needed.")
PLAIN_TEXT = _l("Please write this as plain text.")
NO_PHONE = _l("This is no phone number. With the country's code it begins with +.")
NO_EMAIL = _l("This is no e-mail address.")
SHORT_PASSWORD = _l("A password has 8 to 256 characters.")


def local_path(raw: str | None) -> str:
    """`raw`, when it is a path of this site in plain ASCII: a page never leads anywhere else."""
    return raw if raw and LOCAL.fullmatch(raw) else ""


def home_phone(raw: str) -> str:
    """`raw` as E.164, typed any way."""
    return rules.any_phone(raw, HOME)


@lru_cache
def _zones() -> tuple[tuple[str, str], ...]:
    """(country, zone) of every zone that people live in, a country's zones in the table's own order."""
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if line and line[0] != "#"]
    return tuple((line[0], line[2]) for line in lines)


def zone_choices(present: str) -> list[SelectChoice]:
    """The zones that people live in, and `present`."""
    return [SelectChoice(zone) for zone in sorted({zone for _country, zone in _zones()} | {present})]


@lru_cache
def _currencies() -> frozenset[str]:
    names = map(str, Locale("en").territories)
    places = [place for place in names if len(place) == 2 and place.isalpha()]
    return frozenset(code for place in places for code in get_territory_currencies(place))


def currency_choices() -> list[SelectChoice]:
    """The currencies in use today, by their codes; first the one of the phone's country."""
    locale = get_locale()
    return [
        SelectChoice("", _("As in the country of your phone number")),
        *(
            SelectChoice(code, f"{code} – {get_currency_name(code, locale=locale)}")
            for code in sorted(_currencies())
        ),
    ]


def usual_in_country_of(phone: str) -> dict[str, str]:
    """The currency and the zone to begin with for a phone number in E.164; the settings change the zone."""
    country = phonenumbers.region_code_for_number(phonenumbers.parse(phone, None))
    currencies = get_territory_currencies(country) if country else []
    zones = [zone for place, zone in _zones() if place == country]
    return {
        "currency": currencies[0] if currencies else "INR",
        "timezone": zones[0] if zones else "Asia/Kolkata",
    }


class PlainSelect(Select):
    """A long list of words that are their own values: each is sent once."""

    @classmethod
    def render_option(cls, choice: Any, **_more: Any) -> Markup:
        chosen = Markup(" selected") if choice.selected else Markup()
        return Markup("<option{}>{}</option>").format(chosen, choice.value)


def language_choices(present: str | None = None) -> list[SelectChoice]:
    """The languages of the screens, each in its own words; `present` too, when it is another one."""
    known = [present] if present and present not in languages() else []
    return [SelectChoice(tag, own_name(tag)) for tag in [*known, *languages()]]


class SignInForm(PageForm):
    """Phone and password; `next` is where the person wanted to go."""

    phone_number = TelField(_l("Phone number"), [DataRequired(NEEDED), Fits(home_phone, NO_PHONE)])
    password = PasswordField(_l("Password"), [InputRequired(NEEDED), Length(max=1000)])
    next = HiddenField(filters=[local_path])


class RegisterForm(PageForm):
    """A new login; what stands after the password is a vendor's."""

    user_type = RadioField(
        _l("Who are you?"),
        [InputRequired(_l("Please choose one."))],
        choices=[
            SelectChoice("vendor", _l("I deliver and keep the book")),
            SelectChoice("customer", _l("I get deliveries")),
        ],
    )
    name = StringField(
        _l("Your name"),
        [DataRequired(NEEDED), Length(max=200), Fits(one_line, PLAIN_TEXT)],
    )
    phone_number = TelField(_l("Phone number"), [DataRequired(NEEDED), Fits(home_phone, NO_PHONE)])
    password = PasswordField(
        _l("Password"),
        [InputRequired(NEEDED), Fits(rules.password, SHORT_PASSWORD)],
        description=_l("At least 8 characters."),
    )
    business_name = StringField(
        _l("Name of the business"),
        [Optional(), Length(max=200), Fits(one_line, PLAIN_TEXT)],
        filters=[blank_is_none],
    )
    currency = SelectField(_l("Currency"), choices=currency_choices)
    next = HiddenField(filters=[local_path])

    def values(self) -> dict[str, Any]:
        """What the verb takes."""
        found: dict[str, Any] = {name: self[name].data for name in ("name", "phone_number", "password")}
        found |= {"role": self.user_type.data, "locale": language()}
        if self.user_type.data == "vendor":
            found |= usual_in_country_of(self.phone_number.data)
            found["business_name"] = self.business_name.data
            found["currency"] = self.currency.data or found["currency"]
        return found


class ProfileForm(PageForm):
    """What a login says of itself. Phones are read beside the present one."""

    name = StringField(_l("Your name"), [DataRequired(NEEDED), Length(max=200), Fits(one_line, PLAIN_TEXT)])
    phone_number = TelField(_l("Phone number"), [DataRequired(NEEDED)])
    email = EmailField(_l("E-mail"), [Optional(), Fits(rules.email, NO_EMAIL)], filters=[blank_is_none])
    address = TextAreaField(
        _l("Address"),
        [Optional(), Length(max=2000), Fits(typed_lines, PLAIN_TEXT)],
        filters=[blank_is_none],
    )
    locale = SelectField(_l("Language"), validate_choice=True)

    def __init__(self, *, phone: str, language: str, **more: Any) -> None:
        super().__init__(**more)
        self.beside = phone
        self.locale.choices = language_choices(language)

    def validate_phone_number(self, field: TelField) -> None:
        Fits(lambda raw: rules.any_phone(raw, self.beside), NO_PHONE)(self, field)

    def user(self) -> dict[str, Any]:
        """The columns of the login."""
        return {name: self[name].data for name in ("name", "phone_number", "email", "address", "locale")}

    def vendor(self) -> dict[str, Any]:
        """The columns of the business; none for a customer."""
        return {}


VENDOR_COLUMNS = ("business_name", "timezone", "cut_off", "upi_id", "pay_day")


class VendorForm(ProfileForm):
    """The same, and the business."""

    business_name = StringField(
        _l("Name of the business"),
        [DataRequired(NEEDED), Length(max=200), Fits(one_line, PLAIN_TEXT)],
    )
    timezone = SelectField(_l("Time zone"), widget=PlainSelect())
    cut_off = TimeField(
        _l("Changes for tomorrow until"),
        [InputRequired(_l("A time like 20:00 is needed."))],
        format=["%H:%M", "%H:%M:%S"],
    )
    upi_id = StringField(
        _l("UPI id"),
        [Optional(), Fits(rules.upi_id, _l("A UPI id looks like name@bank."))],
        filters=[blank_is_none],
    )

    pay_day = pay_day_field(_l("Customers pay by this day of the month"))

    def __init__(self, *, zone: str, **more: Any) -> None:
        super().__init__(**more)
        self.pay_day.choices = pay_day_choices(_("No agreed day, no reminders"))
        self.timezone.choices = zone_choices(zone)

    def vendor(self) -> dict[str, Any]:
        """The columns of the business."""
        return {name: self[name].data for name in VENDOR_COLUMNS}


class NewPasswordForm(PageForm):
    """A new password by a reset link."""

    password = PasswordField(
        _l("New password"),
        [InputRequired(NEEDED), Fits(rules.password, SHORT_PASSWORD)],
        description=_l("At least 8 characters."),
    )


class PasswordForm(NewPasswordForm):
    """A new password by the present one."""

    current_password = PasswordField(_l("Present password"), [InputRequired(NEEDED), Length(max=1000)])


def taken() -> str:
    """What is said beside a phone that another login has."""
    return _("This phone number is registered already.")
