"""What `make up` says at the end: where to go, which model answers, and what to type next."""

import json
from urllib.parse import urlsplit

from deploy.embedded import state, terminal
from deploy.embedded.addresses import database_url, pages
from deploy.embedded.layout import Layout
from deploy.embedded.settings import LauncherSettings


def show(settings: LauncherSettings, layout: Layout) -> None:
    """Print the addresses, the model and the next commands."""
    urls = pages(settings)
    known = state.read(layout.state)
    say = terminal.say
    say()
    say(f"  Chat page   {urls['web']}")
    say(f"  API         {urls['api']}   (documentation: {urls['api']}/docs)")
    say(f"  Admin       {urls['admin']}   (password: ADMIN_PASSWORD in .env)")
    say(f"  Record      {record(settings)}")
    say(f"  Model       {known.llm if known is not None else settings.model}")
    say("\nNext, say something to it:")
    say(f"  {first_request(settings)}")
    say("\nmake status · make logs · make down")


def record(settings: LauncherSettings) -> str:
    """Return where the record is kept, without a password."""
    if not settings.has_record:
        return "none: Redis only (DATABASE_URL=none)"
    url = urlsplit(database_url(settings))
    return f"PostgreSQL at {url.netloc.rpartition('@')[2]}, database {url.path.lstrip('/')}"


def first_request(settings: LauncherSettings) -> str:
    """Return a command that works as printed, on the default model."""
    body = json.dumps({"prompt": "Hello! My name is Ivan.", "model": settings.model})
    url = f"{pages(settings)['api']}/chat/"
    return f"curl -X POST {url} -H 'Content-Type: application/json' -d '{body}'"
