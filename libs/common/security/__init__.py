"""Secrets at rest, and how they are shown: never."""
