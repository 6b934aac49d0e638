"""The table of programs, and the supervisor configuration made of it."""

import configparser
import os
import shlex
from pathlib import Path

import pytest

from deploy.embedded.layout import Layout
from deploy.embedded.programs import Program, programs
from deploy.embedded.settings import LauncherSettings
from deploy.embedded.supervisor_conf import render

NAMES = (
    *("nats", "valkey", "postgres", "engine"),
    *("gateway", "context", "inference", "memory_writer", "web", "admin"),
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "da ta %s")


@pytest.fixture
def stack(layout: Layout) -> list[Program]:
    return programs(LauncherSettings(), layout, Path("/models/m.gguf"))


def test_the_order_is_servers_engine_services(stack: list[Program]) -> None:
    assert tuple(program.name for program in stack) == NAMES


def test_the_ports_are_the_documented_ones(stack: list[Program]) -> None:
    assert {program.port_variable: program.port for program in stack} == {
        "NATS_PORT": 14222,
        "REDIS_PORT": 16379,
        "POSTGRES_PORT": 15432,
        "ENGINE_PORT": 18080,
        "API_PORT": 8000,
        "CONTEXT_PORT": 8001,
        "INFERENCE_PORT": 8002,
        "MEMORY_WRITER_PORT": 8003,
        "WEB_PORT": 3000,
        "ADMIN_PORT": 3002,
    }


def test_without_a_model_there_is_no_engine(layout: Layout) -> None:
    found = programs(LauncherSettings(), layout, None)
    assert "engine" not in {program.name for program in found}


@pytest.mark.parametrize("url", ["none", "postgresql://membus@db/membus"])
def test_postgres_is_started_only_as_the_stacks_own(url: str, layout: Layout) -> None:
    found = programs(LauncherSettings(database_url=url), layout, None)
    assert [p.name for p in found if p.group == "servers"] == ["nats", "valkey"]


def test_postgres_keeps_no_used_wal_and_logs_nothing_that_was_said(stack: list[Program]) -> None:
    options = stack[2].command
    for option in ("wal_recycle=off", "log_min_messages=log", "log_error_verbosity=terse"):
        assert options[options.index(option) - 1] == "-c"


def test_every_program_dies_with_the_supervisor(stack: list[Program]) -> None:
    assert all("guard.py" in program.command[3] for program in stack)


def test_servers_and_engine_never_listen_on_the_network(layout: Layout) -> None:
    stack = programs(LauncherSettings(host="0.0.0.0"), layout, Path("m.gguf"))
    exposed = {program.name for program in stack if "0.0.0.0" in program.command}
    assert exposed == set(NAMES[4:])


def test_engine_and_embedder_do_not_spin(stack: list[Program]) -> None:
    passive = {"OMP_WAIT_POLICY": "passive"}
    waiting = {program.name for program in stack if program.environment == passive}
    assert waiting == {"engine", "inference"}


def test_the_configuration_says_what_each_program_is(stack: list[Program], layout: Layout) -> None:
    conf = configparser.RawConfigParser()
    conf.read_string(render(stack, layout))

    for program in stack:
        section = conf[f"program:{program.name}"]
        assert shlex.split(section["command"].replace("%%", "%")) == program.command
        assert section["autostart"] == "false"
        assert section["autorestart"] == "true"
        assert section["stopwaitsecs"] == "15"
        assert section["stopasgroup"] == section["killasgroup"] == "true"
        assert section["stdout_logfile"] == str(layout.log(program.name)).replace("%", "%%")
    assert conf["program:postgres"]["stopsignal"] == "INT"
    assert conf["program:gateway"]["stopsignal"] == "TERM"
    assert conf["group:servers"]["programs"] == "nats,valkey,postgres"
    assert conf["group:services"]["programs"] == ",".join(NAMES[4:])


@pytest.mark.parametrize("uid", [0, 1000])
def test_only_root_is_told_that_root_is_meant(
    uid: int, stack: list[Program], layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert ("user=root" in render(stack, layout)) == (uid == 0)
