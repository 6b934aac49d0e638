"""A short name for a folder, the same at every start: two checkouts must not be confused."""

import hashlib
from pathlib import Path


def short_hash(path: Path) -> str:
    """Return 12 hexadecimal digits of the path's SHA-256."""
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
