"""What the process tests start and kill: `python -m tests.gatling_core.process hold|write DATA_DIR [FIRST]`."""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path

from gatling_core.embedded import connect
from gatling_core.queue import CaseQueue
from gatling_core.settings import Settings
from gatling_core.spool import Spool
from tests.conftest import make_entry


def hold(data_dir: Path) -> None:
    """Connect, say which server answers, and stay."""
    client = connect(Settings(data_dir=data_dir, redis_url=None))
    print(client.info("server")["run_id"], flush=True)
    time.sleep(60)


def write(data_dir: Path, first: int) -> None:
    """Spool entries from `first` on, as the server does, and print the number of each once it is acknowledged."""
    queue = CaseQueue(connect(Settings(data_dir=data_dir, redis_url=None)))
    spool = Spool(data_dir / "spool", queue, retry_ms=20)
    spool.start()
    for number in itertools.count(first):
        if spool.append(make_entry(number)):
            os.write(1, b"%d\n" % number)
        time.sleep(0.0005)


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        hold(Path(sys.argv[2]))
    else:
        write(Path(sys.argv[2]), int(sys.argv[3]))
