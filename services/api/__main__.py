"""The gateway as a process."""

from libs.common.observability.service import run_service
from services.api.app import build

run_service("api", build)
