"""What an operator sees: logs, probes, metrics, and the thread that runs through them."""
