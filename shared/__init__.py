"""What every Membus service may use: the wire contract, the stores, the broker, telemetry."""
