"""Which schema of the record this code knows."""

from functools import cache

from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = "shared.memory:migrations"


def config() -> Config:
    """Return Alembic's configuration, without a file."""
    found = Config()
    found.set_main_option("script_location", MIGRATIONS)
    return found


@cache
def known() -> tuple[str, ...]:
    """Return the revisions of the schema, oldest first."""
    script = ScriptDirectory.from_config(config())
    return tuple(reversed([one.revision for one in script.walk_revisions()]))


def complaint(found: str | None) -> str | None:
    """Return what is wrong with a database of that revision (None: without one), if anything."""
    newest = known()[-1]
    if found == newest:
        return None
    if found is None or found in known():
        return (
            f"its schema is {found or 'not there'}, and {newest} is needed: "
            "run `make up`, or `python -m shared.memory.migrate`"
        )
    return (
        f"its schema {found} is of a newer Membus than this one, which knows up to {newest}: "
        "run that version, or restore an older backup"
    )
