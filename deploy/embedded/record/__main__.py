"""The commands behind `make rebuild`, `make backup` and the like."""

import argparse
import sys
from pathlib import Path

from deploy.embedded import commands, terminal
from deploy.embedded.failure import StackError
from deploy.embedded.record import stack
from deploy.embedded.record.backup import backup
from deploy.embedded.record.bundle_writer import require_free
from deploy.embedded.record.compact import compact
from deploy.embedded.record.rebuild import rebuild
from deploy.embedded.record.restore import restore


def main(arguments: list[str]) -> int:
    """Run one command; the exit code is 0 when what was asked for holds."""
    options = _parser().parse_args(arguments)
    return commands.run(lambda: _run(options))


def _run(options: argparse.Namespace) -> bool:
    match options.command:
        case "rebuild":
            return rebuild(stack.running())
        case "backup":
            path = _file(options.file, "backup")
            require_free(path, force=options.force)
            backup(stack.running(), path, force=options.force)
        case "restore":
            restore(_file(options.file, "restore"))
        case "compact":
            terminal.say("Compacting")
            compact(stack.running(record=False))
    return True


def _file(given: str, command: str) -> Path:
    if not given:
        msg = f"Which file? make {command} FILE=membus.backup"
        raise StackError(msg)
    return Path(given).expanduser().resolve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.record", description=__doc__)
    names = parser.add_subparsers(dest="command", required=True)
    names.add_parser("rebuild", help="fill Redis again from the record")
    saved = names.add_parser("backup", help="write the record into a file")
    saved.add_argument("file", nargs="?", default="")
    saved.add_argument("--force", action="store_true")
    names.add_parser("restore", help="put a backup in the place of the record").add_argument(
        "file", nargs="?", default=""
    )
    names.add_parser("compact", help="delete what was forgotten from the files too")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
