"""The command and its subcommands; each lives in a module of its own and is imported when it is used."""

import os
from pathlib import Path
from typing import Annotated

import typer

EXIT_FAILED = 1
EXIT_USAGE = 2

DEFAULT_PORT = 2187
Port = Annotated[int, typer.Option(envvar="PORT", help="The gateway's port; the five after it are for operators.")]
Folder = Annotated[Path, typer.Option("--data-dir", envvar="DATA_DIR", help="Where everything is kept.")]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def capacitarr() -> None:
    """Keeps media libraries within the limits of their disks."""


@app.command()
def up(
    port: Port = DEFAULT_PORT,
    data_dir: Folder = Path(".data"),
    demo: Annotated[bool, typer.Option("--demo", help="Add simulated upstreams with a full library.")] = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Run everything in the foreground: Postgres, NATS and the five services."""
    from libs.cli.up import run_up
    from libs.local.options import Options, given_settings

    raise typer.Exit(run_up(Options(port=port, data_dir=data_dir, demo=demo, given=given_settings(os.environ))))


@app.command()
def migrate() -> None:
    """Bring the database at DATABASE_URL up to date. Safe to repeat, and to run from several places at once."""
    from libs.cli.migrate import run_migrate

    raise typer.Exit(run_migrate())


@app.command()
def status(port: Port = DEFAULT_PORT) -> None:
    """Ask each service of a running instance whether it is ready, and what it lacks."""
    from libs.cli.status import run_status

    raise typer.Exit(run_status(port))


def main() -> None:
    """Run the command."""
    app()
