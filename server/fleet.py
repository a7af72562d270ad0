"""The server as processes behind one port: each has an interpreter of its own, so that one reads a case while another scores."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import Pipe, connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

import structlog
import typer

from gatling_core.errors import GatlingError
from gatling_core.settings import Settings
from server.address import check_address, reserved
from server.errors import NotServing
from server.logs import configure_logs
from server.sibling import Sibling, beats

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_AGAIN_S, _LONGEST_AGAIN_S = 1.0, 30.0
"""Between the end of a process and the next in its place, and how long it gets where one after the other ends: starting keeps a core busy."""
_LOOK_S = 2.0
"""Between two looks at whether they all are alive."""
_START_S = 120.0
"""How long one may take to load the model and listen."""
_END_S = 60.0
"""How long they may take to end; longer than requests in progress and the spool together."""
_PR_SET_PDEATHSIG = 1

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
    started: float = field(default_factory=time.monotonic)

    @property
    def is_up(self) -> bool:
        return self.said.closed


class Fleet:
    """Starts the processes, says so once all are up, and starts another for one that dies or hangs. A signal to end goes to all of them.

    This process holds no connection: what one of the others was doing when it died is lost to its callers, who try again; what was called
    queued is on disk, and another delivers it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._members: list[_Member] = []
        self._due: dict[Sibling, float] = {}
        """When another is started in the place of one that died."""
        self._pauses: dict[Sibling, float] = {}
        self._ending: signal.Signals | None = None
        self._end_by = math.inf
        self._serves = False
        self._looked = self._awake_since = time.monotonic()

    def run(self) -> None:
        """Until all have ended.

        Raises:
            NoAddress: other processes serve there.
            NotServing: one ended before it served.
        """
        with reserved(self._settings.host, self._settings.port) as port, _shared_folder() as folder, self._told():
            self._settings = self._settings.model_copy(update={"port": port})
            beating = beats(self._settings.processes)
            try:
                for number in range(self._settings.processes):
                    self._start(Sibling(number, folder, beating))
                self._watch()
            finally:
                self._end()
        if self._ending:
            signal.raise_signal(self._ending)  # whoever asks how it ended hears of it

    def _start(self, sibling: Sibling) -> None:
        ours, theirs = Pipe(duplex=False)
        # This process has one thread and has imported little: a fork is safe, and saves starting an interpreter.
        process = get_context("fork").Process(target=_run, args=(self._settings, sibling, theirs))
        with _unheard():
            if self._ending:
                return
            sibling.beat()
            process.start()
            self._members.append(_Member(sibling, process, ours))
        theirs.close()

    def _watch(self) -> None:
        greetings: dict[int, str] = {}
        while self._members or (self._due and not self._ending):
            talking = {member.said: member for member in self._members if not member.is_up}
            ended = {member.process.sentinel: member for member in self._members}
            events = connection.wait([*talking, *ended], _LOOK_S)
            for member in (talking[said] for said in talking.keys() & set(events)):
                if greeting := self._heard(member):
                    greetings[member.sibling.number] = greeting
            for member in (ended[sentinel] for sentinel in ended.keys() & set(events)):
                self._ended(member)
            if not self._serves and len(greetings) == self._settings.processes:
                self._serves = True
                typer.echo(greetings[0])
            self._look(time.monotonic())

    def _look(self, now: float) -> None:
        """Kill what hangs or does not end, and start what is due."""
        if now - self._looked > 2 * _LOOK_S:  # all stood still, this process too: nobody else is to blame
            self._awake_since = now
        self._looked = now
        for member in self._members:
            may_be_silent_s = self._settings.hung_after_s if member.is_up else _START_S
            silent_s = now - max(member.sibling.beat_at, self._awake_since)
            if now > self._end_by or (silent_s > may_be_silent_s and not self._ending):
                log.error("server_process_hangs", number=member.sibling.number, silent_s=round(silent_s))
                member.process.kill()
                member.sibling.beat()  # said once
        for sibling in [sibling for sibling, due in self._due.items() if now >= due]:
            del self._due[sibling]
            self._start(sibling)

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

    def _ended(self, member: _Member) -> None:
        """Have another put in the place of one that has ended; the later, the more of them ended soon."""
        self._members.remove(member)
        if self._ending:
            return
        if not member.is_up:
            self._heard(member)
        sibling, now = member.sibling, time.monotonic()
        lived_long = now - member.started > _START_S
        pause = _AGAIN_S if lived_long else min(2 * self._pauses.get(sibling, _AGAIN_S / 2), _LONGEST_AGAIN_S)
        self._pauses[sibling], self._due[sibling] = pause, now + pause
        log.error("server_process_ended", number=sibling.number, status=_status(member), again_after_s=pause)

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
        """Pass signals on: one to end in order, and then others that hurry them."""
        before = {number: signal.signal(number, self._pass_on) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _pass_on(self, number: int, _: FrameType | None) -> None:
        if self._ending:
            number = signal.SIGINT  # which uvicorn takes for a wish to hurry
        else:
            self._ending, self._end_by = signal.Signals(number), time.monotonic() + _END_S
        for member in self._members:
            if member.process.pid is not None and member.process.exitcode is None:
                os.kill(member.process.pid, number)


@contextmanager
def _shared_folder() -> Generator[Path]:
    """For what all processes count.

    Raises:
        NotServing: there is no place for it.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="gatling-", ignore_cleanup_errors=True)
    except OSError as error:
        raise NotServing(
            f"several processes need a folder for temporary files (TMPDIR), or GATLING_PROCESSES=1: {error}"
        ) from None
    with folder as name:
        yield Path(name)


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
    _end_with_parent()
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    os.setsid()  # Ctrl-C reaches the first process alone, which passes it on
    configure_logs()
    from server.serve import listen

    try:
        listen(settings, sibling, up=lambda greeting: said.send((True, greeting)))
    except GatlingError as error:
        said.send((False, str(error)))
        sys.exit(1)


def _end_with_parent() -> None:
    """Have the kernel kill this process with the one that watches it."""
    parent = parent_process()
    if sys.platform == "linux" and parent is not None:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent.pid:
            sys.exit("the first process is gone already")
