"""The usage of each disk over time: a point a run, summed up by hour, day and week, and forgotten by age."""
