"""The server as processes behind one port: each has an interpreter of its own, so that one reads a case while another scores."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe, connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

import structlog
import typer

from gatling_core.errors import GatlingError
from gatling_core.parent import end_with_parent
from gatling_core.settings import Settings
from server.address import check_address, reserved
from server.errors import NotServing
from server.logs import configure_logs
from server.sibling import Sibling

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_AGAIN_S = 1.0
"""Between the end of a process and the next in its place: one that ends at once must not keep a core busy with starting."""
_LOOK_S = 2.0
"""Between two looks at whether they all still turn."""
_END_S = 60.0
"""How long processes may take to end; longer than requests in progress and the spool together."""

log = structlog.get_logger()


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C; requests in progress finish first.

    Raises:
        NoAddress: somebody else listens there, or this process may not.
        NotServing: a process ended before it served.
        ProviderMissing: onnxruntime cannot run on the hardware that the settings name.
    """
    check_address(settings.host, settings.port)
    if settings.processes > 1:
        Fleet(settings).run()
        return
    # Slow to import: a fleet's first process only watches the others.
    from server.serve import listen

    listen(settings)


@dataclass
class _Member:
    sibling: Sibling
    process: BaseProcess
    said: Connection
    """It sends whether it is up, with its greeting, or why it cannot be."""


class Fleet:
    """Starts the processes, says so once all are up, and starts another for one that dies or hangs. A signal to end goes to all of them.

    This process holds no connection: what one of the others was doing when it died is lost to its callers, who try again; what was called
    queued is on disk, and another delivers it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._members: list[_Member] = []
        self._ending: int | None = None
        self._serves = False

    def run(self) -> None:
        """Until all have ended.

        Raises:
            NotServing: one ended before it served.
        """
        host, port = self._settings.host, self._settings.port
        with (
            tempfile.TemporaryDirectory(prefix="gatling-", ignore_cleanup_errors=True) as folder,
            reserved(host, port) as held,
            self._told(),
        ):
            self._settings = self._settings.model_copy(update={"port": held.getsockname()[1]})
            try:
                for number in range(self._settings.processes):
                    self._start(Sibling(number, Path(folder)))
                self._watch()
            finally:
                self._end()

    def _start(self, sibling: Sibling) -> None:
        ours, theirs = Pipe(duplex=False)
        # This process has one thread and has imported little: a fork is safe, and saves starting an interpreter.
        process = get_context("fork").Process(target=_run, args=(self._settings, sibling, theirs))
        with _unheard():
            if self._ending:
                return
            process.start()
            self._members.append(_Member(sibling, process, ours))
        theirs.close()

    def _watch(self) -> None:
        greetings: dict[int, str] = {}
        while self._members:
            talking = {member.said: member for member in self._members if not member.said.closed}
            ended = {member.process.sentinel: member for member in self._members}
            events = connection.wait([*talking, *ended], _LOOK_S)
            if not self._ending:
                self._kill_hung()
            for member in (talking[said] for said in talking.keys() & set(events)):
                if greeting := self._heard(member):
                    greetings[member.sibling.number] = greeting
            for member in (ended[sentinel] for sentinel in ended.keys() & set(events)):
                self._replace(member)
            if not self._serves and len(greetings) == self._settings.processes:
                self._serves = True
                typer.echo(greetings[0])

    def _kill_hung(self) -> None:
        for member in self._members:
            if (silent_s := member.sibling.silent_s()) > self._settings.hung_after_s:
                log.error("server_process_hangs", number=member.sibling.number, silent_s=round(silent_s))
                member.process.kill()

    def _heard(self, member: _Member) -> str | None:
        """The greeting of one that is up.

        Raises:
            NotServing: it cannot be, and never was.
        """
        try:
            is_up, said = member.said.recv()
        except EOFError:
            is_up, said = False, f"a process of the server ended with status {_status(member)} before it served; its log says why"
        member.said.close()
        if is_up:
            return said
        if not self._ending:
            if not self._serves:
                raise NotServing(said)
            log.error("server_process_not_up", number=member.sibling.number, reason=said)
        return None

    def _replace(self, member: _Member) -> None:
        """Put another in the place of one that has ended."""
        self._members.remove(member)
        if self._ending:
            return
        if not member.said.closed:
            self._heard(member)
        log.error("server_process_ended", number=member.sibling.number, status=_status(member))
        member.sibling.forget()
        time.sleep(_AGAIN_S)
        self._start(member.sibling)

    def _end(self) -> None:
        """What is left where something went wrong."""
        deadline = time.monotonic() + _END_S
        for member in self._members:
            member.process.terminate()
        for member in self._members:
            member.process.join(max(0.0, deadline - time.monotonic()))
            member.process.kill()

    @contextmanager
    def _told(self) -> Generator[None]:
        """Pass signals on: once to end in order, twice to end at once."""
        before = {number: signal.signal(number, self._pass_on) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _pass_on(self, number: int, _: FrameType | None) -> None:
        self._ending = number
        for member in self._members:
            if member.process.pid is not None and member.process.exitcode is None:
                os.kill(member.process.pid, number)


@contextmanager
def _unheard() -> Generator[None]:
    """Signals wait: one that came while a process starts would be passed on to all but that one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _status(member: _Member) -> int | None:
    """With which a process ended that does not run any more."""
    member.process.join()
    return member.process.exitcode


def _run(settings: Settings, sibling: Sibling, said: Connection) -> None:
    """What a process does."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    os.setsid()  # Ctrl-C reaches the first process alone, which passes it on
    end_with_parent()
    configure_logs()
    from server.serve import listen

    try:
        listen(settings, sibling, up=lambda greeting: said.send((True, greeting)))
    except GatlingError as error:
        said.send((False, str(error)))
