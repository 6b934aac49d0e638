"""Which language a page speaks."""

import re
from typing import Literal, TypeAlias, get_args

from starlette.requests import Request

Language: TypeAlias = Literal["ru", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

# A real header names a few languages; a longer one is nobody's wish.
_MAX_HEADER = 1_000
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*([0-9.]{1,5}))?\s*")


def page_language(request: Request) -> Language:
    """Return `?lang=`, else what Accept-Language (RFC 9110, 12.5.4) likes best, else English."""
    wish = request.query_params.get("lang")
    for language in LANGUAGES:
        if wish == language:
            return language
    return _accepted(request.headers.get("accept-language", "")[:_MAX_HEADER])


def _accepted(header: str) -> Language:
    found: list[tuple[float, Language]] = []
    for part in header.split(","):
        matched = _RANGE.fullmatch(part)
        if matched is None:
            continue
        found += [
            (_quality(matched[2]), language)
            for language in LANGUAGES
            if matched[1].lower() == language
        ]
    best = max(found, key=lambda choice: choice[0], default=(0.0, "en"))
    return best[1] if best[0] > 0 else "en"


def _quality(text: str | None) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0
