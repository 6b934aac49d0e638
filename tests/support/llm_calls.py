"""Short ways to ask an LLM in tests."""

import socket
from typing import Any

from shared.contracts.parts import ChatMessage, GenerationOptions, Prompt
from shared.llm.protocol import LLM, Chunk, Delta, Finished, Generation


def chat(*contents: str, model: str = "llama3.2", **fields: Any) -> Generation:
    """Return a generation in chat form; the messages are the user's."""
    messages = tuple(ChatMessage(role="user", content=content) for content in contents)
    return Generation(model=model, prompt=Prompt(messages=messages), **fields)


def text(prompt: str, *, model: str = "llama3.2", **fields: Any) -> Generation:
    """Return a generation in text form."""
    return Generation(model=model, prompt=Prompt(text=prompt), **fields)


ALL_OPTIONS = GenerationOptions(
    temperature=0.2, top_p=0.9, num_predict=7, seed=42, stop=("\n", "User:")
)


async def ask(llm: LLM, generation: Generation) -> tuple[str, Finished]:
    """Return the whole answer and its end."""
    chunks: list[Chunk] = [chunk async for chunk in llm.generate(generation)]
    *deltas, end = chunks
    assert isinstance(end, Finished)
    return "".join(delta.text for delta in deltas if isinstance(delta, Delta)), end


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
