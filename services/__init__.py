"""The five services of Membus; none imports another."""
