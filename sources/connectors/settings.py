"""What may be set of a connector: one model a kind, told apart by ``kind``; secrets are named, never written down."""

import ipaddress
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,}$")]
"""The name of an environment variable, such as ``KESHENG_IMAP_PASSWORD``."""
Seconds = Annotated[float, Field(gt=0, le=3600)]
_PLACEHOLDER = re.compile(r"\{([^}]*)\}")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine by its name or number."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def file_pattern(value: object) -> object:
    """Refuse ``**`` as a part of a name, which would be read as ``*``."""
    if isinstance(value, str) and any("**" in part and part != "**" for part in value.replace("\\", "/").split("/")):
        raise ValueError("'**' stands for whole folders, as in exports/**/*.csv")
    return value


def _placeholders(value: object) -> object:
    if isinstance(value, str) and (unknown := set(_PLACEHOLDER.findall(value)) - {"date", "yesterday"}):
        raise ValueError(f"expected {{date}} or {{yesterday}} between braces, found {{{sorted(unknown)[0]}}}")
    return value


class _Fetch(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that hold its secrets."""
        return tuple(value for name, value in self if name.endswith("_env") and value)


class FolderFetch(_Fetch):
    """A watched folder: files are taken once they are whole."""

    kind: Literal["folder"]
    files: tuple[Annotated[str, BeforeValidator(file_pattern)], ...] = Field(min_length=1)
    """Patterns such as ``inbox/*.xlsx``, relative to the settings file."""
    settle_seconds: float = Field(default=10.0, ge=0, le=86_400)
    """For how long a file must not have changed."""
    move_to: str | None = None
    """A folder on the same disk that files are moved to once they have landed."""


class HttpFetch(_Fetch):
    """Addresses on the web, fetched with GET."""

    kind: Literal["http"]
    addresses: tuple[Annotated[str, BeforeValidator(_placeholders)], ...] = Field(min_length=1)
    """``{date}`` and ``{yesterday}`` stand for days such as 2026-11-02."""
    token_env: Variable | None = None
    """Sent as ``Authorization: Bearer …``."""
    user: str | None = None
    password_env: Variable | None = None
    also_hosts: tuple[str, ...] = ()
    """Hosts beyond those of the addresses that an answer may lead to."""
    allow_plain: bool = False
    """Let ``http://`` go out of this machine, readable to everybody on the way."""
    allow_private: bool = False
    """Let addresses lead to this machine and to private networks."""
    timeout_seconds: Seconds = 60.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        for address in self.addresses:
            check_address(address, allow_plain=self.allow_plain)
        if (self.user is None) != (self.password_env is None):
            raise ValueError("expected user and password_env together")
        if self.token_env and self.password_env:
            raise ValueError("expected either token_env or user and password_env, found both")
        return self


class S3Fetch(_Fetch):
    """Objects of a store that speaks S3: AWS, MinIO, 阿里云 OSS, 腾讯 COS."""

    kind: Literal["s3"]
    objects: tuple[Annotated[str, BeforeValidator(_placeholders)], ...] = Field(min_length=1)
    """Such as ``s3://bucket/exports/*.csv``, with ``{date}`` and ``{yesterday}``."""
    endpoint: str | None = None
    """The store's address where it is not AWS, such as ``https://oss-cn-hangzhou.aliyuncs.com``."""
    region: str | None = None
    key_env: Variable | None = None
    secret_env: Variable | None = None
    """Without the two, what AWS's own variables and roles give is used."""
    addressing: Literal["auto", "path", "virtual"] = "auto"
    """``virtual`` for OSS and COS (the bucket stands in the host's name), ``path`` for most MinIO."""
    allow_plain: bool = False
    timeout_seconds: Seconds = 60.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in self.objects:
            bucket, slash, key = name.removeprefix("s3://").partition("/")
            if not name.startswith("s3://") or not slash or not key or not bucket or set(bucket) & set("*?["):
                raise ValueError("expected objects such as s3://bucket/exports/*.csv, with no pattern in the bucket")
        if self.endpoint:
            check_address(self.endpoint, allow_plain=self.allow_plain)
        if (self.key_env is None) != (self.secret_env is None):
            raise ValueError("expected key_env and secret_env together")
        return self


class SqlFetch(_Fetch):
    """One SELECT statement on a database."""

    kind: Literal["sql"]
    url: str
    """SQLAlchemy's, such as ``postgresql://reader@db.internal/tickets``, without a password."""
    password_env: Variable | None = None
    statement: str
    """One SELECT; ``:since`` in it stands for the highest value that ``since_column`` had the last time."""
    name: str = Field(default="query", pattern=r"^[\w.-]{1,60}$")
    """What the export is called in manifests and messages."""
    since_column: str | None = None
    since_start: datetime | date | int | str | None = None
    """What ``:since`` stands for the first time."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_select(self.statement)
        if re.match(r"[^/]*://[^/]*:[^/]*@", self.url):
            raise ValueError("expected a URL without a password; name its variable with password_env")
        if "://" not in self.url:
            raise ValueError("expected a URL such as postgresql://reader@db.internal/tickets")
        bound = re.search(r"(?<![:\w\\]):since\b", self.statement) is not None
        if not bound == (self.since_column is not None) == (self.since_start is not None):
            raise ValueError("expected :since in the statement, since_column and since_start together, or none of them")
        return self


class ImapFetch(_Fetch):
    """Attachments of mails."""

    kind: Literal["imap"]
    host: str
    port: int | None = Field(default=None, ge=1, le=65_535)
    """993, or 143 where ``plain``."""
    plain: bool = False
    """Without TLS; on this machine only."""
    user: str
    password_env: Variable
    mailbox: str = "INBOX"
    sender: str | None = None
    """Part of the sender's name or address."""
    subject: str | None = None
    """Part of the subject, such as ``每日点评``."""
    attachments: tuple[str, ...] = Field(
        default=("*.csv", "*.tsv", "*.xls", "*.xlsx", "*.json", "*.jsonl", "*.parquet", "*.gz"), min_length=1
    )
    days: int = Field(default=30, ge=1, le=3_650)
    """How far back mails are looked at."""
    mark_seen: bool = False
    """Mark a mail as read once its attachments have landed; without it nothing in the mailbox changes."""
    timeout_seconds: Seconds = 60.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.plain and not is_loopback(self.host):
            raise ValueError("expected TLS: plain = true sends the password readable, so it is for 127.0.0.1 only")
        return self


Fetch = Annotated[FolderFetch | HttpFetch | S3Fetch | SqlFetch | ImapFetch, Field(discriminator="kind")]
FETCH_KINDS: Mapping[str, type[BaseModel]] = {
    "folder": FolderFetch,
    "http": HttpFetch,
    "s3": S3Fetch,
    "sql": SqlFetch,
    "imap": ImapFetch,
}


def check_address(address: str, *, allow_plain: bool) -> None:
    """Refuse what is no web address, holds a password, or would be readable on the way.

    Raises:
        ValueError: The message does not repeat the address, which may hold a secret.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address such as https://example.com/exports/{yesterday}.csv")
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected an address without a user or password; give user and password_env")
    if parts.scheme == "http" and not (allow_plain or is_loopback(parts.hostname)):
        raise ValueError("expected https://; what goes by http:// is readable on the way (allow_plain = true lets it)")


def check_select(statement: str) -> None:
    """Refuse more than one statement, and one that is no query.

    Raises:
        ValueError: It is not one SELECT or WITH.
    """
    bare = re.sub(r"\s*--[^\n]*|/\*.*?\*/", " ", statement, flags=re.DOTALL).strip().rstrip(";").rstrip()
    if not re.match(r"(?:select|with)\b", bare, re.IGNORECASE) or ";" in re.sub(r"'[^']*'", "''", bare):
        raise ValueError("expected one SELECT statement")
