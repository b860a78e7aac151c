"""The application is what this checkout holds: packages, lists and commands."""

import importlib
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "lexicons", "models", "reports", "sources", "warehouse")


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_are_those_of_this_checkout(name: str) -> None:
    """Another distribution with a package called `models` has not taken the place of ours."""
    assert Path(str(importlib.import_module(name).__file__)).is_relative_to(ROOT)


def test_distribution_has_its_name_and_command() -> None:
    """The distribution is called kesheng and brings the command kesheng."""
    found = distribution("kesheng")
    assert {entry.name for entry in found.entry_points} == {"kesheng"}


def test_wheel_names_exactly_the_six_packages() -> None:
    """pyproject.toml packs the six rooms and nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES


def test_every_dependency_is_bounded_and_locked() -> None:
    """Each dependency has an upper bound, and the lock holds it with hashes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for requirement in project["project"]["dependencies"]:
        assert "<" in requirement or "==" in requirement or "~=" in requirement, requirement
        name = requirement.split(">")[0].split("[")[0].split("<")[0].split("=")[0].split("~")[0].strip()
        assert f"\n{name}==" in f"\n{lock}", f"{name} is not locked"
    assert "--hash=sha256:" in lock
    assert "torch" not in lock
