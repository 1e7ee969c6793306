"""`python -m services.deleter`."""

from libs.common.observability.service import run_service
from services.deleter.app import build

if __name__ == "__main__":
    run_service("deleter", build)
