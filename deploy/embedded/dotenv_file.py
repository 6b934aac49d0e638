"""`.env`: made with random secrets at the first start, and read into the environment."""

import os
import secrets
from pathlib import Path

HEADER = """\
# Made by `make up`. The secrets below are this installation's own: never share or commit them.
# Any variable of .env.example may be set here; a real environment variable wins.
"""

SECRETS = ("SECRET_KEY", "ADMIN_PASSWORD")
SECRET_BYTES = {"SECRET_KEY": 32, "ADMIN_PASSWORD": 12}
QUOTES = ("'", '"')


def parse(text: str) -> dict[str, str]:
    """Return the variables of a `.env` text: NAME=value, `export`, quotes, and ` # comments`."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name = name.strip()
        if equals and name.isidentifier():
            found[name] = _unquoted(value.strip())
    return found


def ensure(path: Path) -> dict[str, str]:
    """Make the file, or fill in the secrets that it lacks; readable by its owner only.

    Returns what was generated: the caller shows the password, once.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else HEADER
    known = parse(text)
    new = {
        name: secrets.token_urlsafe(SECRET_BYTES[name])
        for name in SECRETS
        if not known.get(name) and not os.environ.get(name)
    }
    if new:
        write_privately(path, with_values(text, new))
    return new


def with_values(text: str, values: dict[str, str]) -> str:
    """Return the text with the variables set, in their own line where there is one."""
    lines = text.splitlines()
    for name, value in values.items():
        at = [n for n, line in enumerate(lines) if line.strip().startswith(f"{name}=")]
        if at:
            lines[at[-1]] = f"{name}={value}"
        else:
            lines.append(f"{name}={value}")
    return "\n".join(lines) + "\n"


def load(path: Path) -> None:
    """Put the file's variables into the environment; what is set there already wins."""
    if not path.exists():
        return
    for name, value in parse(path.read_text(encoding="utf-8")).items():
        if value and not os.environ.get(name):
            os.environ[name] = value


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def _unquoted(value: str) -> str:
    if value[:1] in QUOTES:
        end = value.find(value[0], 1)
        if end > 0:
            return value[1:end]
    if value.startswith("#"):
        return ""
    return value.split(" #", 1)[0].rstrip()
