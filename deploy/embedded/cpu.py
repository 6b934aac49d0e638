"""What the built-in LLM engine needs of the processor; checked before it is started.

llama.cpp's wheel dies of an illegal instruction where AVX2 is missing, which explains nothing.
"""

import platform
from pathlib import Path

from deploy.embedded.failure import StackError

CPUINFO = Path("/proc/cpuinfo")
NEEDED = ("avx2", "fma", "f16c")
X86 = {"x86_64", "amd64"}


def features(cpuinfo: str) -> set[str]:
    """Return the processor's features, from the text of /proc/cpuinfo."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return set(value.split())
    return set()


def missing_features(cpuinfo: str) -> list[str]:
    """Return which needed features are not there; none when the text tells nothing."""
    found = features(cpuinfo)
    return [name for name in NEEDED if found and name not in found]


def require_engine_features() -> None:
    """Raise StackError when this is an x86 processor without what the engine was compiled for."""
    if platform.machine().lower() not in X86 or not CPUINFO.exists():
        return
    missing = missing_features(CPUINFO.read_text(encoding="utf-8"))
    if missing:
        msg = (
            f"This processor lacks {', '.join(missing)}, which the built-in LLM engine needs. "
            "Install Ollama (https://ollama.com) and start it, or set LLM_BACKEND=openai and "
            "OPENAI_URL in .env to another server; then `make up` again."
        )
        raise StackError(msg)
