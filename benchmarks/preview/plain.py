"""The endpoint everybody would write first, to compare with: a list of models that the framework turns into JSON.

`python -m benchmarks.preview.plain FILE PORT`; FILE holds the preview's items as JSON.
"""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import TypeAdapter

from services.api.preview.wire import PreviewItem


def plain_app(file: Path) -> FastAPI:
    """One route, with everything in memory already."""
    items = TypeAdapter(list[PreviewItem]).validate_json(file.read_bytes())
    app = FastAPI()

    @app.get("/preview", response_model_exclude_none=True)
    async def preview() -> list[PreviewItem]:
        return items

    @app.get("/ready")
    async def ready() -> str:
        return "ready"

    return app


def main() -> None:
    """Serve until stopped."""
    file, port = Path(sys.argv[1]), int(sys.argv[2])
    uvicorn.run(plain_app(file), host="127.0.0.1", port=port, log_level="warning", loop="uvloop", http="httptools")


if __name__ == "__main__":
    main()
