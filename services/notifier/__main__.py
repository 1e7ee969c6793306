"""`python -m services.notifier`."""

from libs.common.observability.service import run_service
from services.notifier.app import build

if __name__ == "__main__":
    run_service("notifier", build)
