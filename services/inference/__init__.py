"""Owns every model: streams answers and closes turns."""
