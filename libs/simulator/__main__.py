"""`python -m libs.simulator`: the simulator as a process of its own."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from libs.common.clock import real_now
from libs.simulator.generator import PROFILES
from libs.simulator.serve import server_config
from libs.simulator.sizes import profile_of
from libs.simulator.state import Birth, StateError, open_simulation


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m libs.simulator", description="Simulated upstream systems.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8787)
    library = parser.add_mutually_exclusive_group()
    library.add_argument("--profile", choices=sorted(PROFILES), default="demo", help="which library to generate")
    library.add_argument("--items", type=_sized, dest="profile", help="or a library with so many items of all kinds")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--state-dir", type=Path, help="keep the ledger here and go on from it after a restart")
    parser.add_argument("--now", type=_moment, help="the library's present, ISO 8601; real time when left out")
    return parser.parse_args(arguments)


def _sized(text: str) -> str:
    return profile_of(int(text))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main() -> int:
    """Serve until told to stop; 2 when the state directory cannot be used."""
    options = parse(sys.argv[1:])
    birth = Birth(options.profile, options.seed, options.now or real_now())
    try:
        simulation = open_simulation(birth, options.state_dir)
    except StateError as exc:
        print(f"simulator: {exc}", file=sys.stderr)  # noqa: T201  the one sentence for the person at the terminal
        return 2
    uvicorn.Server(server_config(simulation, options.host, options.port)).run()
    simulation.ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
