"""The languages of the screens: English, and each with a file ``translations/<tag>/LC_MESSAGES/messages.po``.

The files are read as they are, nothing is compiled: 1,500 messages take 50 ms, once a process, at start-up.
A file that cannot be read stops the start with its name and line. What a file leaves empty or marks as
fuzzy is said in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from babel.messages import mofile, pofile
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).resolve().parent.parent / "translations"
ENGLISH = "en"


class BrokenLanguage(RuntimeError):
    """A file of translations cannot be used; the message says which and why."""


def file_of(tag: str, folder: Path | None = None) -> Path:
    """Where the words of a language stand."""
    return (folder or FOLDER) / tag.replace("-", "_") / "LC_MESSAGES" / "messages.po"


def files(folder: Path | None = None) -> list[Path]:
    """The files of all languages that have one."""
    return sorted((folder or FOLDER).glob("*/LC_MESSAGES/messages.po"))


def _read(path: Path, locale: str) -> Translations:
    compiled = BytesIO()
    try:
        with path.open("rb") as file:
            catalogue = pofile.read_po(file, locale=locale, abort_invalid=True)
        mofile.write_mo(compiled, catalogue)
        compiled.seek(0)
        return Translations(compiled)
    except (pofile.PoFileError, ValueError, OSError, UnknownLocaleError) as error:
        raise BrokenLanguage(f"{path}: {error}") from error


@lru_cache
def _all(folder: Path) -> Mapping[str, NullTranslations]:
    found: dict[str, NullTranslations] = {ENGLISH: NullTranslations()}
    for path in files(folder):
        name = path.parent.parent.name
        try:
            tag = str(Locale.parse(name)).replace("_", "-")
        except (ValueError, UnknownLocaleError):
            raise BrokenLanguage(f"{path}: there is no language {name!r}") from None
        found[tag] = _read(path, name)
    return MappingProxyType(found)


def translations() -> Mapping[str, NullTranslations]:
    """Every language by its tag (``hi``, ``pt-BR``), English first. Raises `BrokenLanguage`."""
    return _all(FOLDER)


def languages() -> tuple[str, ...]:
    """The tags of the languages, English first."""
    return tuple(translations())


def own_name(tag: str) -> str:
    """What a language is called by those who speak it: ``हिन्दी``."""
    name = Locale.parse(tag, sep="-").get_display_name() or tag
    return name[:1].upper() + name[1:]
