"""Ways to run Membus."""
