"""The `capacitarr` command."""
