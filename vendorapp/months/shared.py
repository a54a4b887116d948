"""What a link to one month shows to whoever has it: the statement, to look at and on paper. Nothing else in
the house takes these links."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from ..accounts import guards
from ..kernel import pdf
from ..kernel.babel import in_language, in_words
from ..kernel.database import read_one_snapshot
from ..kernel.errors import NotFound, Problem
from ..kernel.languages import languages, own_name
from . import share
from .pdf import file_name, pay_of, statement_pdf

blueprint = Blueprint("months_shared", __name__)

# The address is the key: it must not travel on in a Referer, into a search engine or a shared cache.
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-store",
}


@blueprint.get("/s/<token>")
@guards.anyone
def page(token: str) -> Response:
    """The month, read-only; ``?lang=`` changes the language."""
    return _answer(token, on_paper=False)


@blueprint.get("/s/<token>/pdf")
@guards.anyone
def paper(token: str) -> Response:
    """The same on paper."""
    return _answer(token, on_paper=True)


def _answer(token: str, *, on_paper: bool) -> Response:
    chosen = request.args.get("lang")
    if chosen in languages():
        with in_language(chosen):
            response = _shown(token, on_paper, chosen)
    else:
        response = _shown(token, on_paper, None)
    response.headers.update(HEADERS)
    return response


def _shown(token: str, on_paper: bool, lang: str | None) -> Response:
    read_one_snapshot()
    try:
        found = share.opened(token, secret=current_app.extensions["vendorapp"].secret_key)
    except NotFound:
        return _nothing(404)
    except share.Ended:
        return _nothing(410)
    if on_paper:
        try:
            return pdf.answer(statement_pdf(found), file_name(found))
        except Problem as problem:
            response = _nothing(problem.status, in_words(problem.detail))
            response.headers.update(problem.headers)
            return response
    page = render_template(
        "months/shared.html",
        found=found,
        pay=pay_of(found),
        paper_url=url_for(".paper", token=token, lang=lang),
        languages=[(one, own_name(one), url_for(".page", token=token, lang=one)) for one in languages()],
    )
    return make_response(page)


def _nothing(status: int, why: str = "") -> Response:
    """A page of its own: the house's error page belongs to people with a session, and begins one."""
    return make_response(render_template("months/shared_ended.html", status=status, why=why), status)
