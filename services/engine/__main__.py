"""`python -m services.engine`."""

from libs.common.observability.service import run_service
from services.engine.app import build

if __name__ == "__main__":
    run_service("engine", build)
