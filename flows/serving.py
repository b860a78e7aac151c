"""``kesheng serve``: a Prefect server, watched, and the night on its schedule."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from flows.settings import ScheduleSettings

START_SECONDS = 120.0
"""How long the server may take to answer after its start; ten to thirty seconds on two cores."""
WATCH_SECONDS = 2.0
"""How soon an ended server is seen; after some 30 seconds without one, Prefect's polling gives up."""
RESTARTS = 5
"""Starts of a server that keeps ending, before giving up."""


class ServerError(RuntimeError):
    """The Prefect server does not start, or keeps ending."""


class WatchedServer:
    """A Prefect server of our own on one address, started again when it ends unasked."""

    def __init__(self, host: str, port: int, log: Path, say: Callable[[str], None]) -> None:
        self._host, self._port, self._log, self._say = host, port, log, say
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._restarts = 0

    @property
    def api(self) -> str:
        """The address of the server's API."""
        return f"http://{self._host}:{self._port}/api"

    def start(self) -> None:
        """Start the server and wait until it answers; then watch it from a thread.

        Raises:
            ServerError: The address is taken, or the server does not answer in time.
        """
        if answers(self.api):
            raise ServerError(f"something answers at {self.api} already; give another --port, or stop that server")
        self._launch()
        threading.Thread(target=self._watch, name="prefect-server-watch", daemon=True).start()

    def stop(self) -> None:
        """End the server."""
        self._stopping.set()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _launch(self) -> None:
        command = [
            sys.executable,
            "-m",
            "prefect",
            "server",
            "start",
            "--host",
            self._host,
            "--port",
            str(self._port),
            "--analytics-off",
        ]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C reaches us, and we end the server in order.
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.api):
            if self._process.poll() is not None:
                raise ServerError(
                    f"the Prefect server ended with status {self._process.returncode}; its words are in {self._log}"
                )
            if time.monotonic() > deadline:
                raise ServerError(
                    f"the Prefect server does not answer at {self.api} after {START_SECONDS:.0f} s; see {self._log}"
                )
            time.sleep(0.5)
        self._say(f"Prefect server ready at {self.api} (log: {self._log})")

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            if self._process and self._process.poll() is not None:
                self._restarts += 1
                if self._restarts > RESTARTS:
                    self._say(f"the Prefect server ended {self._restarts} times; giving up. See {self._log}")
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
                self._say(f"the Prefect server ended with status {self._process.returncode}; starting it again")
                try:
                    self._launch()
                except ServerError as error:
                    self._say(str(error))


def answers(api: str) -> bool:
    """Return whether a Prefect API answers at an address."""
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=2) as response:  # noqa: S310 - our own http address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def check_reachable() -> None:
    """Check that something answers at the Prefect API that the user's settings name, if they name one.

    Raises:
        ServerError: Nothing does; the message says what to do.
    """
    from prefect.settings import get_current_settings  # noqa: PLC0415 - prefect takes seconds to import

    api = get_current_settings().api.url
    if not api:
        return
    try:
        urllib.request.urlopen(f"{api}/health", timeout=5).close()  # noqa: S310 - the user's own address
    except urllib.error.HTTPError:
        # It answers, if only to ask who we are; Prefect itself knows the key.
        return
    except (OSError, ValueError) as error:
        raise ServerError(
            f"no Prefect server answers at {api}, which PREFECT_API_URL or the Prefect profile names ({error}). "
            "Start it, unset PREFECT_API_URL, or run without Prefect: kesheng run --plain"
        ) from error


def serve(
    *,
    config: Path | None,
    data: Path | None,
    schedule: ScheduleSettings,
    host: str,
    port: int,
    log: Path,
    say: Callable[[str], None],
) -> None:
    """Start the server, put the night on its schedule, and work until told to stop.

    Raises:
        ServerError: The server does not start.
    """
    server = WatchedServer(host, port, log, say)

    def end(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        server.start()
        os.environ["PREFECT_API_URL"] = server.api
        from prefect.schedules import Cron  # noqa: PLC0415 - prefect reads PREFECT_API_URL when it is imported

        from flows.nightly import nightly  # noqa: PLC0415

        parameters = {
            "config": str(config.resolve()) if config else None,
            "data": str(data.resolve()) if data else None,
        }
        for name in ("FlowRunCancellingObserver", "FlowRunSuspendingObserver"):
            logging.getLogger(f"prefect.{name}").addFilter(_without_lost_connections)
        say(f"the night runs at '{schedule.cron}' ({schedule.timezone}); stop with Ctrl-C")
        # Prefect 3.8 stops its runner from a signal handler, where the coroutine that it makes cannot be awaited.
        warnings.filterwarnings("ignore", message="coroutine 'Runner.astop' was never awaited", category=RuntimeWarning)
        nightly.serve(name="nightly", schedule=Cron(schedule.cron, timezone=schedule.timezone), parameters=parameters)
    finally:
        server.stop()


def _without_lost_connections(record: logging.LogRecord) -> bool:
    """Keep a log entry but for the traceback of a server that is away, which is being started again."""
    if record.exc_info and isinstance(record.exc_info[1], ConnectionError):
        record.msg = f"{record.msg} ({record.exc_info[1]})"
        record.exc_info = None
    return True
