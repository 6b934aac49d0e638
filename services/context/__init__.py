"""Builds the prompt of a turn from what is remembered."""
