"""The real pipeline with its pages, and a browser; each visitor is a user of their own."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser
from pydantic import SecretStr
from starlette.applications import Starlette

from services.gateway.web.app import create_app
from services.gateway.web.settings import WebSettings
from tests.support.browser import running_browser
from tests.support.fake_llm import FakeLLM
from tests.support.local_http import served
from tests.support.pipeline import SECRET, Pipeline, running_pipeline
from tests.support.servers import Record, Running


@pytest.fixture(scope="session")
def llm() -> Iterator[FakeLLM]:
    with FakeLLM() as fake:
        yield fake


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with running_browser() as found:
        yield found


@pytest.fixture(scope="session")
async def running(
    nats_server: Running, redis_server: Running, record: Record, llm: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        nats_server.url, redis_server.url, llm, database_url=record.url
    ) as pipeline:
        yield pipeline


def chat_page(api_url: str) -> Starlette:
    """The chat page in front of an API."""
    # The machine may be busy: a slow answer about its health is no trouble here.
    return create_app(
        WebSettings(secret_key=SecretStr(SECRET), api_url=api_url, probe_timeout_s=15)
    )


@pytest.fixture(scope="session")
async def chat_url(running: Pipeline) -> AsyncIterator[str]:
    async with served(chat_page(running.services["gateway"].url)) as url:
        yield url


@pytest.fixture
def chat(chat_url: str, llm: FakeLLM) -> str:
    """The address of the chat page, with an LLM that has no scripts yet."""
    llm.reset()
    return chat_url
