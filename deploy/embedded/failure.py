"""The one error of the embedded stack: its text is for the user and names the remedy."""


class StackError(Exception):
    """The stack cannot start or go on; the message says why and what to do about it."""
