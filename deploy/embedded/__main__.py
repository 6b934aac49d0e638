"""The commands behind `make up`, `make down` and the like: `python -m deploy.embedded up`."""

import argparse
import os
import sys

from deploy.embedded import (
    cleaning,
    dotenv_file,
    launch,
    log_view,
    restart,
    status,
    supervision,
    terminal,
    tokens,
)
from deploy.embedded.addresses import pages
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.settings import ENV_FILE, read_settings

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: list[str]) -> int:
    """Run one command; the exit code is 0 when what was asked for holds."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except StackError as error:
        terminal.fail(str(error))
        return 1
    except KeyboardInterrupt:
        if options.command == "logs":
            return 0
        terminal.fail("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # `make logs | head`: nobody reads any more, not even at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # the process boundary: a full disk, or a file of another user
        terminal.fail(
            f"{error}. Check who owns that file and its folder, and that the disk has space; "
            "then try again."
        )
        return 1


def _run(options: argparse.Namespace) -> int:
    if options.command == "up":
        launch.up()
        return 0
    dotenv_file.load(ENV_FILE)
    settings = read_settings()
    layout = Layout(settings.data_dir)
    good = True
    match options.command:
        case "down":
            terminal.say("Stopping Membus")
            ran = supervision.stop(layout)
            terminal.say("Stopped." if ran else "It was not running.")
        case "status":
            good = status.status(settings, layout)
        case "logs":
            log_view.logs(layout, options.name, follow=not options.no_follow)
        case "restart":
            restart.restart(settings, layout, options.name)
        case "clean":
            good = cleaning.clean(layout, confirmed=options.yes)
        case "token":
            terminal.say(tokens.mint(options.user, admin=options.admin, days=options.days))
        case "url":
            terminal.say(pages(settings)[options.page])
    return 0 if good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start everything and wait until it is ready")
    commands.add_parser("down", help="stop everything")
    commands.add_parser("status", help="show every process and its health")
    logs = commands.add_parser("logs", help="follow the logs")
    logs.add_argument("name", nargs="?", default="")
    logs.add_argument("--no-follow", action="store_true")
    commands.add_parser("restart", help="restart one program").add_argument("name")
    clean = commands.add_parser("clean", help="delete the data, after asking")
    clean.add_argument("--yes", action="store_true")
    token = commands.add_parser("token", help="print an access token for a user")
    token.add_argument("user")
    token.add_argument("--admin", action="store_true")
    token.add_argument("--days", type=int, default=30)
    commands.add_parser("url", help="print an address").add_argument(
        "page", choices=["api", "web", "admin"]
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
