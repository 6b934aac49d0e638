"""The secret of this installation and that of a backup: user ids are made with it."""

import os
from pathlib import Path

from deploy.embedded import dotenv_file, terminal
from deploy.embedded.failure import StackError
from deploy.embedded.record.bundle import Bundle
from deploy.embedded.settings import ENV_FILE

KEY = "SECRET_KEY"


def place_missing(bundle: Bundle) -> bool:
    """Put the backup's whole `.env` where there is none at all, as on a new machine."""
    if ENV_FILE.exists():
        return False
    dotenv_file.write_privately(ENV_FILE, bundle.settings)
    terminal.say(f"{ENV_FILE} is the backup's: there was none.")
    return True


def other_secret(bundle: Bundle) -> str:
    """Return the backup's secret where it is not the one in use; otherwise nothing.

    `.env` must be loaded. Raises StackError when the environment holds another one, which wins
    over whatever `.env` says.
    """
    wanted = dotenv_file.parse(bundle.settings).get(KEY, "")
    used = os.environ.get(KEY, "")
    if not wanted or wanted == used:
        return ""
    written = dotenv_file.parse(_read(ENV_FILE)).get(KEY, "")
    if used and used != written:
        msg = (
            f"{bundle.path} belongs to another {KEY} than the environment's. Unset it there, "
            "so that the backup's can stand in .env, and restore again. Nothing was changed."
        )
        raise StackError(msg)
    return wanted


def use_secret(secret: str) -> None:
    """Let what this process starts have the backup's secret."""
    os.environ[KEY] = secret


def take_secret(secret: str) -> None:
    """Let `.env` have the backup's secret, and keep the old file beside it."""
    text = _read(ENV_FILE)
    kept = ENV_FILE.with_name(f"{ENV_FILE.name}.before-restore")
    dotenv_file.write_privately(kept, text)
    dotenv_file.write_privately(ENV_FILE, dotenv_file.with_values(text, {KEY: secret}))
    terminal.note(
        f"{KEY} in {ENV_FILE} is the backup's now, for its user ids are made with it; the old "
        f"file is {kept}. Tokens made with the old one are not valid any more."
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
