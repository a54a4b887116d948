"""The words of the product, gathered from its source into every language's file: ``make messages``.

English needs no file, the source is English. In each ``translations/<tag>/LC_MESSAGES/messages.po`` new
sentences are added empty, those that are no longer said go away, nothing is guessed.
``make messages ARGS=ta`` begins a new language.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from gettext import c2py
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog, pofile
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.plural import to_gettext

from vendorapp.kernel import languages

SOURCE = Path(languages.__file__).resolve().parent.parent
WRITTEN_BY_MACHINE = {"demo"}
# The sentences of errors stand in the calls that raise them (see vendorapp/kernel/said.py), this one among
# the arguments.
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "_l": None,
    "said": None,
    "plural": (1, 2),
    "Conflict": (2,),
    "Forbidden": (2,),
    "Problem": (3,),
    "invalid": (2,),
    "FieldError": (3,),
    "TermsError": (2,),
    "AmountError": (1,),
    "Unfit": (1,),
}
COMMENT = "For translators:"
TEMPLATES = {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
# No dates and no names in it: the file changes only when its words do.
HEADER = """\
# {name}. What is empty is said in English.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural_forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def _lines(path: Path) -> Iterator[tuple[Any, list[str], str | None]]:
    """The messages of a file with the comments for translators and their context."""
    if path.suffix != ".py":
        found = extract_from_file(
            "jinja2", str(path), KEYWORDS, (COMMENT,), TEMPLATES, strip_comment_tags=True
        )
    else:
        found = extract_from_file("python", str(path), KEYWORDS, (COMMENT,), strip_comment_tags=True)
        # What a person may see is a sentence; other ValueErrors are a developer's.
        found += [
            one
            for one in extract_from_file("python", str(path), {"ValueError": (1,)})
            if isinstance(one[1], str) and one[1].endswith(".")
        ]
    for _line, message, comments, context in found:
        yield message, comments, context


def gathered() -> Catalog:
    """Every sentence of the product."""
    found = Catalog(charset="utf-8", fuzzy=False)
    alone: set[str] = set()
    for path in sorted([*SOURCE.rglob("*.py"), *(SOURCE / "templates").rglob("*.html")]):
        place = path.relative_to(SOURCE)
        if place.parts[0] in WRITTEN_BY_MACHINE:
            continue
        for message, comments, context in _lines(path):
            found.add(message, None, [(place.as_posix(), 0)], auto_comments=comments, context=context)
            if isinstance(message, str):
                alone.add(message)
    # Python 3.11.2 does not find the singular of a plural when it is asked for alone.
    if both := sorted(one.id[0] for one in found if isinstance(one.id, tuple) and one.id[0] in alone):
        raise SystemExit(f"Also the singular of a plural; write ngettext in both places: {both}")
    return found


def plural_forms(tag: str) -> str:
    """The rule for plurals as CLDR has it; as Babel has it where gettext cannot say CLDR's."""
    rule = to_gettext(Locale.parse(tag, sep="-").plural_form)
    try:
        c2py(rule.partition("plural=")[2].rstrip(";"))
    except ValueError:
        return Catalog(locale=tag.replace("-", "_")).plural_forms
    return rule


def merged(tag: str, template: Catalog) -> bytes:
    """The file of language `tag` with the sentences of `template`, as it should be written."""
    path = languages.file_of(tag)
    present = Catalog()
    if path.exists():
        with path.open("rb") as file:
            present = pofile.read_po(file, abort_invalid=True)
    made = Catalog(locale=tag.replace("-", "_"), charset="utf-8", fuzzy=False)
    for message in template:
        if not message.id:
            continue
        known = present.get(message.id, message.context)
        kept = known is not None and "fuzzy" not in known.flags and known.pluralizable == message.pluralizable
        made.add(
            message.id,
            known.string if known is not None and kept else None,
            [(place, 0) for place in dict.fromkeys(place for place, _line in message.locations)],
            flags=message.flags,
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known is not None else (),
            context=message.context,
        )
    text = BytesIO()
    pofile.write_po(text, made, width=110, omit_header=True, sort_output=True, include_lineno=False)
    header = HEADER.format(
        name=languages.own_name(tag), language=tag.replace("-", "_"), plural_forms=plural_forms(tag)
    )
    return header.encode() + text.getvalue()


def main(new: list[str]) -> int:
    """Bring every language's file up to date, and make those of the tags in `new`."""
    try:
        tags = [str(Locale.parse(tag, sep="-")).replace("_", "-") for tag in new]
    except (ValueError, UnknownLocaleError) as error:
        print(f"There is no such language: {error}", file=sys.stderr)
        return 1
    template = gathered()
    present = {path.parent.parent.name.replace("_", "-") for path in languages.files()}
    for tag in sorted(present | set(tags)):
        path = languages.file_of(tag)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(merged(tag, template))
        with path.open("rb") as file:
            messages = [one for one in pofile.read_po(file) if one.id]
        done = sum(bool(one.string) and all(one.string or ()) for one in messages)
        print(f"{tag}: {done} of {len(messages)} sentences are translated")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
