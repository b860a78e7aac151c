"""The processes that analyse, one a core."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process, resource_tracker

from flows.settings import Settings


@contextmanager
def analysts(settings: Settings) -> Iterator[Executor | None]:
    """Start the processes that analyse, or none where one is enough."""
    if settings.worker_count == 1:
        yield None
        return
    # Not forked: a flow has threads, and a fork of a threaded process may deadlock.
    with ProcessPoolExecutor(settings.worker_count, get_context("spawn"), _live_with_the_parent) as pool:
        # Ctrl-C reaches every process of the terminal: those that analyse must not die of it half-way, each with a
        # traceback. The signal is held back until they are told to ignore it; all of them start at the first call.
        # Its own start would let the signal through again.
        resource_tracker.ensure_running()
        held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            pool.submit(os.getpid)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        try:
            yield pool
        except BaseException:
            # Ctrl-C too: slices that still wait would otherwise be analysed to the end before the command does.
            pool.shutdown(cancel_futures=True)
            raise


def _live_with_the_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it: one that was killed tells nobody to stop."""
    threading.Thread(target=_end_after_the_parent, name="parent-watch", daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _end_after_the_parent() -> None:
    parent = parent_process()
    if parent is None:
        return
    parent.join()
    os._exit(1)
