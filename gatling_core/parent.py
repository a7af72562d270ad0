"""A process that `multiprocessing` started does not outlive the one that asked for it."""

from __future__ import annotations

import os
import threading
from multiprocessing import parent_process


def end_with_parent(*_: object) -> None:
    """What a worker process does first: one whose parent was killed would wait for work for ever.

    The parent is the process that asked for the worker, not the fork server between them, which lives as long as its workers.
    """

    def watch() -> None:
        if (parent := parent_process()) is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
