"""The server's fixtures: an app in this process around a dummy model."""

from tests.server.conftest import client, model, queue, start  # noqa: F401  # pyright: ignore[reportUnusedImport]
