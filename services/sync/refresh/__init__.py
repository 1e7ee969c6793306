"""Reads single things that an upstream said have changed, between the reads of everything."""
