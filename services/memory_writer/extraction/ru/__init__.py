"""Finds facts in Russian sentences: one module for each kind of fact."""
