"""The commands behind `make up`, `make down` and the like: `python -m deploy.embedded up`."""

import argparse
import sys

from deploy.embedded import (
    cleaning,
    commands,
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
from deploy.embedded.layout import Layout
from deploy.embedded.settings import ENV_FILE, read_settings


def main(arguments: list[str]) -> int:
    """Run one command; the exit code is 0 when what was asked for holds."""
    options = _parser().parse_args(arguments)
    return commands.run(lambda: _run(options), ends_with_interrupt=options.command == "logs")


def _run(options: argparse.Namespace) -> bool:
    if options.command == "up":
        launch.up()
        return True
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
    return good


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded", description=__doc__)
    names = parser.add_subparsers(dest="command", required=True)
    names.add_parser("up", help="start everything and wait until it is ready")
    names.add_parser("down", help="stop everything")
    names.add_parser("status", help="show every process and its health")
    logs = names.add_parser("logs", help="follow the logs")
    logs.add_argument("name", nargs="?", default="")
    logs.add_argument("--no-follow", action="store_true")
    names.add_parser("restart", help="restart one program").add_argument("name")
    clean = names.add_parser("clean", help="delete the data, after asking")
    clean.add_argument("--yes", action="store_true")
    token = names.add_parser("token", help="print an access token for a user")
    token.add_argument("user")
    token.add_argument("--admin", action="store_true")
    token.add_argument("--days", type=int, default=30)
    names.add_parser("url", help="print an address").add_argument(
        "page", choices=["api", "web", "admin"]
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
