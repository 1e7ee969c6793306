"""Repeatable measurements; nothing here is asserted by the test suite."""
