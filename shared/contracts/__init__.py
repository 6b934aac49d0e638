"""The only wire contract: events and the typed subjects that carry them."""
