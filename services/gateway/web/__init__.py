"""The chat page on its own port."""
