"""What all tests share: nothing of the machine's own settings reaches them."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pathlib import Path

# No deadline: the first call of a test builds automata and dictionaries, and other machines are slower. In CI the same
# examples each time, so that a change is judged by what it changed; elsewhere new ones, to find what is not known yet.
settings.register_profile(
    "kesheng", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("kesheng")


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away KESHENG_ variables, which would change data folders and settings; cues read unless a test says else."""
    for name in [name for name in os.environ if name.startswith("KESHENG_")]:
        monkeypatch.delenv(name)
    # Loading the trained weights takes seconds in every process: tests of the model ask for it.
    monkeypatch.setenv("KESHENG_MODEL", "cues")


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run one Prefect server on loopback for the session, with a home of its own; yields the address of its API."""
    home: Path = tmp_path_factory.mktemp("prefect-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        from prefect.settings import PREFECT_API_URL  # noqa: PLC0415 - only these tests pay for Prefect
        from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415 - as above

        with prefect_test_harness(server_startup_timeout=120):
            yield str(PREFECT_API_URL.value())
