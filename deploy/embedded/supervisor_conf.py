"""supervisord's configuration, written anew at each start."""

import os
import shlex
from collections.abc import Iterable

from deploy.embedded.layout import Layout
from deploy.embedded.programs import Program
from deploy.embedded.settings import CHECKOUT

STOP_WAIT_S = 15
"""After this long a program that does not stop is killed."""

START_RETRIES = 60
"""supervisor waits 1, 2, 3 … seconds between them: half an hour before it gives up."""


def render(programs: Iterable[Program], layout: Layout) -> str:
    """Return the whole configuration. Nothing starts by itself: the launcher keeps the order."""
    programs = list(programs)
    sections = [_head(layout)]
    sections += [_program(program, layout) for program in programs]
    for group in dict.fromkeys(program.group for program in programs):
        names = ",".join(program.name for program in programs if program.group == group)
        sections.append(f"[group:{group}]\nprograms={names}\n")
    return "\n".join(sections)


def escaped(value: object) -> str:
    """Double the percent signs, which supervisor would expand."""
    return str(value).replace("%", "%%")


def _head(layout: Layout) -> str:
    # As root supervisor warns unless it is told that this is meant.
    user = "user=root\n" if os.geteuid() == 0 else ""
    return f"""\
[supervisord]
{user}nodaemon=true
silent=true
directory={escaped(CHECKOUT)}
logfile={escaped(layout.log("supervisord"))}
logfile_maxbytes=1MB
logfile_backups=2
pidfile={escaped(layout.pid_file)}
childlogdir={escaped(layout.logs)}

[unix_http_server]
file={escaped(layout.socket)}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""


def _program(program: Program, layout: Layout) -> str:
    environment = ",".join(
        f'{name}="{escaped(value)}"' for name, value in program.environment.items()
    )
    return f"""\
[program:{program.name}]
command={escaped(shlex.join(program.command))}
directory={escaped(CHECKOUT)}
environment={environment}
autostart=false
autorestart=true
startsecs=2
startretries={START_RETRIES}
stopsignal={program.stop_signal.name.removeprefix("SIG")}
stopwaitsecs={STOP_WAIT_S}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={escaped(layout.log(program.name))}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""
