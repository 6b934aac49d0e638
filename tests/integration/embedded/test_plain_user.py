"""PostgreSQL refuses root: it runs in a user namespace, as nobody, or as the plain user we are."""

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded.running import Running, temporary_folder
from deploy.embedded.servers import Postgres
from tests.support.servers import free_port

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to stop being it"),
]

WITHOUT_NAMESPACES = """
    import sys
    from deploy.embedded import guard
    guard.unshare_user = lambda: False
    guard.main(sys.argv[1:])
"""


def test_as_root_the_files_stay_roots(own_postgres: Running) -> None:
    assert own_postgres.process is not None
    assert own_postgres.server.data.stat().st_uid == 0
    assert psutil.Process(own_postgres.process.pid).name() == "postgres"


def test_where_namespaces_are_forbidden_it_becomes_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = tmp_path / "guard.py"
    guard.write_text(f"sys_path = {str(Path.cwd())!r}\nimport sys\nsys.path.insert(0, sys_path)\n")
    with guard.open("a") as file:
        file.write(textwrap.dedent(WITHOUT_NAMESPACES))
    monkeypatch.setattr("deploy.embedded.guard.__file__", str(guard))
    # The folder above belongs to root alone, as a checkout below /root does.
    tmp_path.chmod(0o700)
    running = Running(Postgres(free_port(), tmp_path / "postgres", durable=False))
    running.start()
    try:
        assert running.process is not None
        assert psutil.Process(running.process.pid).uids().real == 65534
        assert running.server.data.stat().st_uid == 65534
        running.kill()
        running.start()
    finally:
        running.stop()


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of nobody's, where others than root can go (pytest's are closed to them)."""
    folder = temporary_folder()
    os.chown(folder, 65534, 65534)
    yield folder
    shutil.rmtree(folder)


def test_a_plain_user_can_do_all_of_it(home: Path) -> None:
    for readable in (Path.cwd(), Path(sys.executable).parent, Path(sys.executable).resolve()):
        if not _open_to_all(readable):
            pytest.skip(f"{readable} is closed to other users")
    script = f"""
        from pathlib import Path
        from deploy.embedded.running import Running, temporary_folder
        from deploy.embedded.servers import Nats, Postgres, Valkey
        from tests.support.servers import free_port
        for kind in (Nats, Valkey, Postgres):
            running = Running(kind(free_port(), Path({str(home)!r}) / kind.name))
            running.start()
            running.stop()
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    result = subprocess.run(
        command,
        user=65534,
        group=65534,
        extra_groups=[],
        env={**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
