"""Writes what happened into the stores."""
