"""The admin's API."""
