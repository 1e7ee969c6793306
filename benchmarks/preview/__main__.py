"""The preview by size of the library: `python -m benchmarks.preview`, or `--webhook`, `--cancel` or `--busy` alone.

Prints Markdown. Each part gets fresh processes. Ratios are of one run.
"""

import argparse

from benchmarks.preview import busy, queue, serving, webhook


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.preview", description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--patience", type=float, default=300.0, help="seconds for anything to get ready")
    parser.add_argument("--webhook", type=int, metavar="N", default=0, help="send so many webhooks to a town instead")
    parser.add_argument("--cancel", type=int, metavar="N", default=0, help="cancel so many deletions instead")
    parser.add_argument("--busy", type=int, metavar="ITEMS", default=0, help="ask for /health during a run instead")
    options = parser.parse_args()
    if options.busy:
        print(*busy.table(busy.measure(options.busy, options.patience)), sep="\n")
        return
    if options.webhook:
        for items in options.items:
            delays = webhook.measure(items, options.webhook, options.patience)
            print(*webhook.table(items, delays), sep="\n")
        return
    if options.cancel:
        for items in options.items:
            print(*queue.table(items, queue.measure(items, options.cancel, options.patience)), sep="\n")
        return
    print(*serving.table([serving.measure(items, options.patience) for items in options.items]), sep="\n")


if __name__ == "__main__":
    main()
