"""What remembering costs: `python -m benchmarks.memory`."""
