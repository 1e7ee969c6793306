"""The time-limited right to run something."""
