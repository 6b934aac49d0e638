"""`clean`: deletes the data folder, after asking."""

import shutil
from pathlib import Path

from deploy.embedded import supervision, terminal
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.settings import CHECKOUT

KNOWN = {"nats", "valkey", "postgres", "logs", "run", "nats.log", "postgres.unfinished"}
"""What the stack itself puts into the folder."""


def clean(layout: Layout, *, confirmed: bool) -> bool:
    """Stop the stack and delete its data; False when the user does not want it.

    Raises StackError when the folder holds something that is not the stack's.
    """
    data = layout.data
    if not data.exists():
        terminal.say(f"There is nothing to delete: {data} does not exist.")
        return True
    _require_own(data)
    if not confirmed and not _asked(data):
        terminal.say("Nothing was deleted.")
        return False
    supervision.stop(layout)
    shutil.rmtree(data)
    terminal.say(f"Deleted {data}. The secrets in .env and the model's cache are kept.")
    return True


def _asked(data: Path) -> bool:
    terminal.say(f"This deletes {data} with all conversations, facts and logs.")
    try:
        return input("Type yes to go on: ").strip().lower() == "yes"
    except EOFError as error:
        msg = "There is nobody to ask. `make clean YES=1` deletes without asking."
        raise StackError(msg) from error


def _require_own(data: Path) -> None:
    strange = sorted(path.name for path in data.iterdir() if path.name not in KNOWN)
    if strange or data in {CHECKOUT, *CHECKOUT.parents}:
        msg = (
            f"{data} holds what is not Membus's own: {', '.join(strange) or 'the checkout'}. "
            "Delete it by hand if you mean it, or correct DATA_DIR."
        )
        raise StackError(msg)
