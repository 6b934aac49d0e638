"""What stops a start, and that each message names the remedy."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.embedded import preflight
from deploy.embedded.failure import StackError
from deploy.embedded.programs import Program
from tests.support.servers import free_port


def program(port: int, variable: str = "API_PORT") -> Program:
    return Program(name="gateway", group="services", command=[], port=port, port_variable=variable)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_are_fine() -> None:
    preflight.require_ports([program(free_port())], "127.0.0.1")


def test_a_taken_port_names_its_holder_and_another_port(taken: int) -> None:
    with pytest.raises(StackError) as caught:
        preflight.require_ports([program(taken)], "127.0.0.1")

    message = str(caught.value)
    assert f"Port {taken} (gateway) is taken by process {os.getpid()}" in message
    assert f"make up API_PORT={taken + 100}" in message


def test_every_taken_port_is_named_at_once(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = (taken, int(other.getsockname()[1]))
        with pytest.raises(StackError) as caught:
            preflight.require_ports([program(port) for port in ports], "127.0.0.1")
    assert all(f"Port {port}" in str(caught.value) for port in ports)


def test_a_port_given_twice_is_named() -> None:
    port = free_port()
    with pytest.raises(StackError, match=f"API_PORT and WEB_PORT are both {port}"):
        preflight.require_ports([program(port), program(port, "WEB_PORT")], "127.0.0.1")


@pytest.mark.parametrize("host", ["203.0.113.1", "no such host"])
def test_a_host_that_is_not_this_machine_is_named(host: str) -> None:
    with pytest.raises(StackError, match=f"HOST={host}"):
        preflight.is_free(host, free_port())


def test_a_full_disk_is_told_with_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100 * 1024**2))
    with pytest.raises(StackError, match=r"0\.10 GiB free; 1 GiB .*DATA_DIR"):
        preflight.require_space(tmp_path / "not" / "there", preflight.NEEDED_BYTES)


def test_a_folder_of_somebody_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StackError, match=r"chown.*DATA_DIR"):
        preflight.require_folder(tmp_path / "data")


def test_a_holder_that_is_hidden_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.net_connections", lambda _: [])
    assert "another user" in str(preflight.holder(1))
