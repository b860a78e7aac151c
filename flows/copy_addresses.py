"""The addresses of ``[publish] to``: what they may look like in the settings, and how variables are put into them.

Settings are written down and shown, so no password may stand in them: it comes from a variable that the address names,
``postgresql://bi:${BI_PASSWORD}@db.example:5432/quality``, or from what PostgreSQL itself looks up (``PGPASSWORD``,
``~/.pgpass``).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

DUCKDB = "duckdb:///"
SETTINGS_PREFIX = "KESHENG_"
"""Of the variables that are settings themselves; an unknown one among them is refused."""
_FORMS = re.compile(r"(?i)duckdb:///.*[^/]|postgres(?:ql)?://.*", re.DOTALL)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PASSWORDS_OF_QUERY = re.compile(r"(?i)[?&]\s*(?:ssl)?password\s*=([^&]*)")
_EXPECTED = "duckdb:///quality.duckdb, postgresql://USER:${NAME}@HOST:5432/DATABASE or ${NAME} for the whole of it"


def check_address(address: str) -> None:
    """Check an address of the settings; what is said of it repeats no part of it.

    Raises:
        ValueError: It has another form, or a password stands in it.
    """
    for name in _VARIABLE.findall(address):
        if name.upper().startswith(SETTINGS_PREFIX):
            raise ValueError(
                f"expected a variable with a name of its own; {name} begins with {SETTINGS_PREFIX}, and those are "
                "settings. Take another name, such as BI_PASSWORD"
            )
    if _VARIABLE.fullmatch(address):
        return
    if not _FORMS.fullmatch(address):
        raise ValueError(f"expected an address such as {_EXPECTED}; this one has another form")
    if address.lower().startswith(DUCKDB):
        return
    if any(part and not _VARIABLE.fullmatch(part) for part in _passwords(address)):
        raise ValueError(
            f"expected no password in the settings, which are shown and written down; found what may be one. Put it "
            f"into a variable of the environment and name that, as in {_EXPECTED}; or use PGPASSWORD or ~/.pgpass"
        )


def filled_address(address: str, *, base: Path, environment: Mapping[str, str]) -> str:
    """Return an address of the settings as ``kesheng publish --to`` takes it.

    Args:
        address: As the settings have it.
        base: What a relative path of a DuckDB file is relative to.
        environment: Where the variables stand.

    Raises:
        LookupError: A variable is not set or is empty.
    """
    whole = _VARIABLE.fullmatch(address) is not None
    is_file = address.lower().startswith(DUCKDB)

    def value(found: re.Match[str]) -> str:
        given = environment.get(found[1], "")
        if not given:
            raise LookupError(f"expected a value in the environment variable {found[1]}, found none")
        # A part of an address may hold any character; a whole address is one already.
        return given if whole or is_file else quote(given, safe="")

    filled = _VARIABLE.sub(value, address)
    if filled.lower().startswith(DUCKDB):
        return f"{DUCKDB}{base / filled[len(DUCKDB) :]}"
    return filled


def _passwords(address: str) -> list[str]:
    """Return what could be a password: strictly, since one with @ / ? or # in it is cut up by whoever reads it."""
    rest = address.partition("://")[2]
    user, at, _ = rest.rpartition("@")
    found = [user.partition(":")[2]] if at else []
    # Without @, what stands in the port's place may be a password whose host was forgotten.
    port = re.split(r"[/?#]", rest.rpartition("@")[2], maxsplit=1)[0].rpartition(":")[2] if ":" in rest else ""
    if not at and not re.fullmatch(r"[0-9,]*|\[.*", port):
        found.append(port)
    return [*found, *_PASSWORDS_OF_QUERY.findall(address)]
