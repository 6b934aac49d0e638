"""The whole system, started by `make up` in a checkout of its own."""

from collections.abc import Iterator

import pytest

from tests.support.checkout import Checkout
from tests.support.fake_llm import FakeLLM


@pytest.fixture(scope="session")
def llm() -> Iterator[FakeLLM]:
    """A scripted LLM where `make up` looks for Ollama."""
    with FakeLLM() as fake:
        yield fake


@pytest.fixture(scope="session")
def stack(llm: FakeLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path_factory.mktemp("checkout"), OLLAMA_URL=llm.url, FACTS_LLM="off")
    try:
        checkout.run("make", "up")
        yield checkout
    finally:
        checkout.try_to("make", "down")
    assert checkout.left_behind() == []
