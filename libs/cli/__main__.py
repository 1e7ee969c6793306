"""`python -m libs.cli` is the `capacitarr` command."""

from libs.cli.app import main

main()
