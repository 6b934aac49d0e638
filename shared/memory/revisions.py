"""Which schemas of the record this code knows, told without Alembic: services start faster."""

from functools import cache
from importlib.resources import files


@cache
def known() -> tuple[str, ...]:
    """Return the revisions of the schema, oldest first: modules are named `r<revision>_<what>`."""
    names = [path.name for path in files("shared.memory.migrations.versions").iterdir()]
    steps = [name for name in names if name.startswith("r") and name.endswith(".py")]
    return tuple(sorted(name[1:].partition("_")[0] for name in steps))


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
