"""Settings of the memory writer."""

from shared.settings import Settings


class MemoryWriterSettings(Settings):
    """What the writers need: the stores that every service knows."""
