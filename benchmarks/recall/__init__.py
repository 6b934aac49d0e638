"""How well what was said is found again: `python -m benchmarks.recall`."""
