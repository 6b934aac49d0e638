"""What `make up` says at the end: where to go, which model answers, and what to type next."""

import json

from deploy.embedded import state, terminal
from deploy.embedded.addresses import pages
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
    say(f"  Model       {known.llm if known is not None else settings.model}")
    say("\nNext, say something to it:")
    say(f"  {first_request(settings)}")
    say("\nmake status · make logs · make down")


def first_request(settings: LauncherSettings) -> str:
    """Return a command that works as printed, on the default model."""
    body = json.dumps({"prompt": "Hello! My name is Ivan.", "model": settings.model})
    url = f"{pages(settings)['api']}/chat/"
    return f"curl -X POST {url} -H 'Content-Type: application/json' -d '{body}'"
