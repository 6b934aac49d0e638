"""Renders pages from templates and texts that lie beside the code; everything is escaped."""

import json
import tomllib
from collections.abc import Mapping
from html import escape
from importlib import resources
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse

from shared.pages.language import LANGUAGES, Language, page_language

_SHARED = "shared.pages"


class Pages:
    """The pages of one service: `templates/*.html` and `texts/{ru,en}.toml` of its package.

    A template names texts and values as `$name`. Raises KeyError for a name that nothing fills,
    so that a test of each page finds it.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._texts = {language: _texts(package, language) for language in LANGUAGES}
        self._layout = _template(_SHARED, "layout")

    def render(
        self,
        name: str,
        request: Request,
        values: Mapping[str, str] | None = None,
        *,
        data: Mapping[str, object] | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """Return a page of the service in the reader's language; `data` goes in as JSON."""
        template = _template(self._package, name)
        return self._response(template, request, values or {}, status, data or {})

    def not_found(self, request: Request) -> HTMLResponse:
        """Return the page that says that there is none."""
        return self._response(_template(_SHARED, "not_found"), request, {}, 404)

    def _response(
        self,
        template: Template,
        request: Request,
        values: Mapping[str, str],
        status: int,
        data: Mapping[str, object] | None = None,
    ) -> HTMLResponse:
        language = page_language(request)
        known = {**self._texts[language], **values, "lang": language}
        filled = {name: escape(text) for name, text in known.items()}
        filled |= {name: _json(value) for name, value in (data or {}).items()}
        filled |= {f"current_{each}": str(each == language).lower() for each in LANGUAGES}
        filled["main"] = template.substitute(filled)
        headers = {
            "Cache-Control": "no-store",
            "Vary": "Accept-Language",
            "Content-Language": language,
        }
        return HTMLResponse(self._layout.substitute(filled), status, headers)


def _texts(package: str, language: Language) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in (_SHARED, package):
        file = resources.files(each).joinpath("texts", f"{language}.toml")
        found |= tomllib.loads(file.read_text(encoding="utf-8"))
    return found


def _json(value: object) -> str:
    """Return a value for a script element of JSON, which nothing within can end."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _template(package: str, name: str) -> Template:
    file = resources.files(package).joinpath("templates", f"{name}.html")
    return Template(file.read_text(encoding="utf-8"))
