"""A PostgreSQL server for tests: on loopback, in a folder of its own, by a user without rights, gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

PASSWORD = "pass w0rd/@%"  # noqa: S105 - of a server that lives for one test session
USER = "kesheng_owner"


@contextmanager
def postgres_server() -> Iterator[int]:
    """Run a server whose superuser is ``USER`` with ``PASSWORD``; yields its port on 127.0.0.1."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server on this machine; on Debian: apt-get install postgresql")
    user = _unprivileged()
    # Not pytest's folder, which another user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="kesheng-postgres-"))
    try:
        (folder / "password").write_text(PASSWORD, "utf-8")
        if user:
            for path in (folder, folder / "password"):
                os.chown(path, user.pw_uid, user.pw_gid)
        _run(user, binaries / "initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", "-N",
             "--pwfile", folder / "password", "--encoding", "UTF8", "--locale", "C")  # fmt: skip
        port = _free_port()
        with _start(user, binaries / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-p", port, "-k", folder,
                    "-F", log=folder / "log") as server:  # fmt: skip
            try:
                _wait(server, port, folder / "log")
                yield port
            finally:
                # Fast shutdown: sessions that a failed test left open are ended.
                server.send_signal(signal.SIGINT)
                server.wait(20)
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path | None:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if on_path := shutil.which("initdb"):
        places.append(Path(on_path).resolve().parent)
    return next((p for p in places if (p / "initdb").exists() and (p / "postgres").exists()), None)


def _unprivileged() -> pwd.struct_passwd | None:
    """Return whom to run as where we are root, as whom PostgreSQL does not start."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no user postgres or nobody here")


def _identity(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _run(user: pwd.struct_passwd | None, *command: object) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **_identity(user),  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def _start(user: pwd.struct_passwd | None, *command: object, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("wb") as words,
        subprocess.Popen(
            [str(part) for part in command],
            cwd="/",
            stdout=words,
            stderr=words,
            **_identity(user),  # type: ignore[call-overload]
        ) as server,
    ):
        yield server


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the PostgreSQL server did not start: {log.read_text('utf-8', 'replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
