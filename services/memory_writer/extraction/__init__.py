"""Finds facts in what users say."""
