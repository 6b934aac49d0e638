"""The built-in LLM engine: llama.cpp behind OpenAI-style HTTP on loopback.

`python -m deploy.embedded.engine --model PATH --port N --ctx N --slots N`, a process of its own.
`GET /health` is 200 once the model is loaded and 503 before; SIGTERM ends it. Exit codes are those
of sysexits.h: 69 the processor cannot run it, 66 no such file, 71 the port is taken, 70 llama.cpp
refuses.
"""

import argparse
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from deploy.embedded.cpu import require_engine_features
from deploy.embedded.failure import StackError
from shared.llm.naming import DEMONSTRATION_MODEL

HOST = "127.0.0.1"
# More threads than this only wait for memory with a model of half a billion parameters.
MAX_THREADS = 8
# Each open connection holds a thread; besides the answers there are health checks and lists.
EXTRA_HTTP_THREADS = 16
# llama.cpp would keep up to 8 GiB of evaluated prompts in memory.
PROMPT_CACHE_MIB = 512
# 2: warnings and errors. More would log a line for every request.
VERBOSITY = 2


class EngineError(StackError):
    """The engine cannot start; the message says why and what to do about it."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def check_start(model: Path, port: int) -> None:
    """Find out early what llama.cpp would report as one and the same failure."""
    if not model.is_file():
        message = f"There is no model at {model}. Fetch it: python -m deploy.embedded.model"
        raise EngineError(message, os.EX_NOINPUT)
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        message = f"Port {port} of {HOST} cannot be used ({error.strerror}). Set ENGINE_PORT."
        raise EngineError(message, os.EX_OSERR) from error


def parameters(library: Any, *, model: Path, port: int, ctx: int, slots: int) -> Any:
    """Return llama.cpp's parameters: `slots` answers at a time with `ctx` tokens each."""
    params = library.CommonParams()
    # Nested values are copies: they take effect only when assigned as a whole.
    weights = params.model
    weights.path = str(model)
    params.model = weights
    threads = min(MAX_THREADS, len(os.sched_getaffinity(0)))
    for name in ("cpuparams", "cpuparams_batch"):
        cpu = getattr(params, name)
        cpu.n_threads = threads
        setattr(params, name, cpu)
    params.model_alias = {DEMONSTRATION_MODEL}
    params.port = port
    # llama.cpp divides the context among the slots.
    params.n_ctx = ctx * slots
    params.n_parallel = slots
    params.n_threads_http = slots + EXTRA_HTTP_THREADS
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.verbosity = VERBOSITY
    # Nobody but our services needs it: no page, no view of others' prompts, no other web sites.
    params.ui = False
    params.endpoint_slots = False
    params.cors_origins = ""
    params.cors_origins_explicit = True
    params.cors_credentials = False
    return params


def serve(model: Path, *, port: int, ctx: int, slots: int) -> None:
    """Load the model and serve it until SIGTERM or SIGINT. Raises StackError."""
    # Before the library is imported, which would kill the process without a word.
    require_engine_features()
    check_start(model, port)
    # Read when the library loads; without it busy cores slow generation from 16 to 0.6 tokens/s.
    os.environ["OMP_WAIT_POLICY"] = "passive"
    # Blocked before the library starts its threads, which inherit it: the signal waits for us.
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    import xllamacpp  # noqa: PLC0415 - after the processor was checked

    try:
        server = xllamacpp.Server(
            parameters(xllamacpp, model=model, port=port, ctx=ctx, slots=slots)
        )
    except RuntimeError as error:
        message = f"llama.cpp does not start with {model}: {error}"
        raise EngineError(message, os.EX_SOFTWARE) from error
    print(f"The engine serves {DEMONSTRATION_MODEL} on {HOST}:{port}", flush=True)
    signal.sigwait(stop)
    # Its destructor cancels what is being generated and closes the port.
    del server


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(description="The built-in LLM engine.")
    parser.add_argument("--model", type=Path, required=True, help="a GGUF file")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ctx", type=int, default=4096, help="tokens of context for each answer")
    parser.add_argument("--slots", type=int, default=1, help="answers generated at a time")
    options = parser.parse_args()
    try:
        serve(options.model, port=options.port, ctx=options.ctx, slots=options.slots)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code if isinstance(error, EngineError) else os.EX_UNAVAILABLE)


if __name__ == "__main__":
    main()
