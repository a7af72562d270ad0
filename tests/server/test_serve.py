"""Before anything is loaded it is known whether the server can listen."""

from __future__ import annotations

import socket

import pytest

from gatling_core.settings import Settings
from server import serve
from server.errors import NoAddress


def test_a_port_in_use_is_one_sentence_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "create_app", None)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(NoAddress, match=f"cannot listen on 127.0.0.1 port {port}: another process listens there"):
            serve.serve(Settings(host="127.0.0.1", port=port))
    serve.check_address("127.0.0.1", port)
    serve.check_address("127.0.0.1", 0)
