"""What the catalogue still shows although it has been deleted: its source had been asked before."""

GONE = "j.state = 'deleted' and j.finished_at >= i.seen_at - interval '1 minute'"
"""SQL about a job `j` of an item `i`. The minute is for a clock that was put back between the two."""
