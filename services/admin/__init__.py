"""The admin's view of the running system."""
