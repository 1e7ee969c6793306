"""Random schedules of what may go wrong: made from a seed, carried out against a running system, judged afterwards."""
