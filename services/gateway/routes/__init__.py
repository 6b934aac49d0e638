"""The endpoints of the public API."""
