"""The shared kernel: what every process speaks, and nothing that only one of them needs."""
