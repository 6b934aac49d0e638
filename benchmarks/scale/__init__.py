"""How recall grows with what is remembered: `python -m benchmarks.scale`."""
