"""`python -m services.sync`."""

from libs.common.observability.service import run_service
from services.sync.app import build

if __name__ == "__main__":
    run_service("sync", build)
