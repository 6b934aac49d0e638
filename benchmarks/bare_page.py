"""A page with nothing but a question box: the floor of what a browser needs for any page."""

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Bare</title><link rel="icon" href="data:,">
<textarea id="prompt"></textarea></html>"""


def create_app() -> Starlette:
    """Serve the page on every path."""

    async def page(_request: object) -> HTMLResponse:
        return HTMLResponse(PAGE)

    return Starlette(routes=[Route("/{path:path}", page)])
