"""`.env.example`, written from the settings classes: `python -m deploy.embedded.env_example`.

So it cannot name a variable that nobody reads, miss one, or tell an old default; a test holds it.
"""

import importlib
import textwrap
from collections.abc import Iterator
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from deploy.embedded.settings import CHECKOUT, LauncherSettings
from shared.settings import ModelSettings, Settings

PATH = CHECKOUT / ".env.example"
WIDTH = 100
HEAD = """\
# Every variable with its default. `make up` makes a .env of its own with random secrets; copy from
# here what you want to change, or set it in the environment, which wins. Not edited by hand: it is
# written from the settings classes by `make env-example`.
"""


def render() -> str:
    """Return the whole file: one section a settings class, each variable where it comes first."""
    seen: set[str] = set()
    sections = [HEAD]
    for title, settings in settings_classes():
        lines = []
        for name, field in _fields(settings):
            if name not in seen:
                seen.add(name)
                lines.append(_entry(name, field))
        if lines:
            sections.append(f"\n# --- {title} ---\n\n" + "\n".join(lines))
    return "".join(sections)


def settings_classes() -> Iterator[tuple[str, type[BaseSettings]]]:
    """Yield every settings class of the product with a title for its section."""
    yield "Launcher: `make up`", LauncherSettings
    yield "Every service", Settings
    yield "The LLM", ModelSettings
    for path in sorted((CHECKOUT / "services").rglob("settings.py")):
        module = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
        for found in vars(importlib.import_module(module)).values():
            if (
                isinstance(found, type)
                and issubclass(found, BaseSettings)
                and found.__module__ == module
            ):
                yield f"Service: {module.split('.', 1)[1].removesuffix('.settings')}", found


def variable(name: str, field: FieldInfo) -> str:
    """Return the environment variable of a field."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else name.upper()


def _fields(settings: type[BaseSettings]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in settings.model_fields.items():
        yield variable(name, field), field


def _entry(name: str, field: FieldInfo) -> str:
    comment = textwrap.fill(
        field.description or "", WIDTH, initial_indent="# ", subsequent_indent="# "
    )
    return f"{comment}\n{name}={_value(field.get_default(call_default_factory=True))}\n"


def _value(default: Any) -> str:
    match default:
        case None:
            return ""
        case bool():
            return str(int(default))
        case SecretStr():
            return default.get_secret_value()
        case tuple() | list() | set() | frozenset():
            return ",".join(map(str, default))
    return str(default)


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
