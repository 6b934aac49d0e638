"""The four ways to an answer that the benchmark compares, and how each is started."""

from benchmarks.answers import ollama_text, sse_text
from benchmarks.load import Target
from benchmarks.processes import Processes, free_ports, python, uvicorn

PROMPT = "What can you tell me about the weather in the mountains?"
DIRECT, PROXY, RAW, MEMBUS = "direct", "proxy", "raw chain", "membus"
MODEL = "llama3.2"


def ollama_target(name: str, url: str) -> Target:
    """Return a target that speaks Ollama's protocol."""
    messages = [{"role": "user", "content": PROMPT}]
    body = {"model": MODEL, "messages": messages, "stream": True}
    return Target(name, f"{url}/api/chat", lambda _: body, b'"content":', ollama_text)


def membus_target(url: str) -> Target:
    """Return Membus' own endpoint."""

    def body(conversation: str) -> object:
        return {"prompt": PROMPT, "conversation_id": conversation, "stream": True}

    return Target(MEMBUS, f"{url}/chat/", body, b"event: token", sse_text)


async def start_proxy(processes: Processes, llm_url: str) -> Target:
    """Start the FastAPI + httpx proxy before the fake LLM."""
    port = free_ports(1)[0]
    command = uvicorn("benchmarks.proxy:create_app", port)
    processes.start("proxy", command, {"UPSTREAM_URL": llm_url})
    url = f"http://127.0.0.1:{port}"
    await processes.ready("proxy", f"{url}/health")
    return ollama_target(PROXY, url)


async def start_raw_chain(processes: Processes, llm_url: str, nats_url: str) -> Target:
    """Start the raw chain's endpoint and its three workers."""
    port = free_ports(1)[0]
    environment = {"NATS_URL": nats_url, "UPSTREAM_URL": llm_url}
    for worker in ("context", "inference", "writer"):
        processes.start(f"raw-{worker}", python("benchmarks.raw_chain", worker), environment)
    gateway = uvicorn("benchmarks.raw_chain:create_gateway", port)
    processes.start("raw-gateway", gateway, environment)
    url = f"http://127.0.0.1:{port}"
    await processes.ready("raw-gateway", f"{url}/health")
    return Target(RAW, f"{url}/chat/", lambda _: {"prompt": PROMPT}, b"event: token", sse_text)
