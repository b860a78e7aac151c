"""Where the exports of a source come from: exactly one place, its keys typed, its secrets named and never shown."""

from pathlib import Path

import pytest

from flows.settings import Settings, SettingsError, load_settings
from sources.connectors.connector import Secrets
from sources.connectors.settings import FETCH_KINDS, FolderFetch, SqlFetch, check_select

_IMAP = "kind = 'imap', host = 'imap.example.com', user = 'u', password_env = 'KESHENG_MAIL'"


def _load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "kesheng.toml"
    path.write_text(f"[[sources]]\nname = 'ctrip'\n{text}", "utf-8")
    return load_settings(path)


def test_a_source_that_fetches_is_read(tmp_path: Path) -> None:
    """As an inline table and as a table of its own, with the times that TOML knows."""
    (source,) = _load(tmp_path, "fetch = { kind = 'folder', files = ['inbox/*.csv'] }").sources
    assert source.fetch == FolderFetch(kind="folder", files=("inbox/*.csv",))
    (source,) = _load(
        tmp_path,
        """
        [sources.fetch]
        kind = "sql"
        url = "postgresql://reader@db.internal/tickets"
        password_env = "KESHENG_TICKETS_PASSWORD"
        statement = "SELECT id, text, updated FROM t WHERE updated > :since"
        since_column = "updated"
        since_start = 2026-01-01
        """,
    ).sources
    assert isinstance(source.fetch, SqlFetch)
    assert (source.files, str(source.fetch.since_start)) == ((), "2026-01-01")
    assert source.fetch.variables == ("KESHENG_TICKETS_PASSWORD",)


def test_every_kind_is_one_of_the_union() -> None:
    """The kinds that unknown keys are looked up by are those of the models."""
    assert {name: model.model_fields["kind"].annotation.__args__ for name, model in FETCH_KINDS.items()} == {  # type: ignore[union-attr] # a Literal
        name: (name,) for name in ("folder", "http", "s3", "sql", "imap")
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"'sources\.0': source ctrip: expected exactly one of files, fetch, recipe; found none of them"),
        (
            "files = ['a.csv']\nfetch = { kind = 'folder', files = ['b.csv'] }",
            r"source ctrip: expected exactly one of files, fetch, recipe; found files and fetch$",
        ),
        ("fetch = { kind = 'ftp' }", r"'sources\.0\.fetch': input tag 'ftp' found using 'kind' does not match any"),
        ("fetch = { files = ['a'] }", r"'sources\.0\.fetch': unable to extract tag using discriminator 'kind'"),
        (
            "fetch = { kind = 'folder', file = ['a'] }",
            r"\[\[sources\]\] ctrip, fetch: unknown key 'file' \(did you mean 'files'\?\)\. The keys are kind, files,",
        ),
        (
            "fetch = { kind = 'folder', files = [] }",
            r"'sources\.0\.fetch\.folder\.files': tuple should have at least 1",
        ),
        ("fetch = { kind = 'folder', files = ['a**'] }", r"folder\.files\.0': '\*\*' stands for whole folders"),
        ("fetch = { kind = 'http', addresses = ['http://shop.example/a'] }", "http': expected https://; what goes by"),
        ("fetch = { kind = 'http', addresses = ['ftp://shop.example/a'] }", "expected an address such as https://"),
        (
            "fetch = { kind = 'http', addresses = ['https://u:geheim@shop.example'] }",
            "address without a user or password",
        ),
        ("fetch = { kind = 'http', addresses = ['https://a.example/{today}'] }", "expected {date} or {yesterday}"),
        ("fetch = { kind = 'http', addresses = ['https://a.example'], user = 'u' }", "user and password_env together"),
        ("fetch = { kind = 'http', addresses = ['https://a.example'], token_env = 'geheim' }", "should match pattern"),
        ("fetch = { kind = 's3', objects = ['bucket/a.csv'] }", "expected objects such as s3://bucket/exports"),
        ("fetch = { kind = 's3', objects = ['s3://b/*'], endpoint = 'http://oss.example' }", "expected https://"),
        ("fetch = { kind = 's3', objects = ['s3://b/*'], key_env = 'KESHENG_A' }", "key_env and secret_env together"),
        (
            "fetch = { kind = 'sql', url = 'postgresql://u:geheim@h/d', statement = 'SELECT 1' }",
            r"'sources\.0\.fetch\.sql': expected a URL without a password; name its variable with password_env$",
        ),
        (
            "fetch = { kind = 'sql', url = 'sqlite:////a', statement = 'SELECT a FROM t WHERE a > :since' }",
            "expected :since in the statement, since_column and since_start together",
        ),
        (f"fetch = {{ {_IMAP}, plain = true }}", "expected TLS: plain = true sends the password readable"),
        (f"fetch = {{ {_IMAP}, password = 'geheim' }}", r"unknown key 'password' \(did you mean 'password_env'\?\)"),
        ("fetch = { kind = 'sql', url = 'sqlite:////a', statement = 'TRUNCATE t' }", "expected one SELECT statement"),
    ],
)
def test_wrong_settings_are_refused_without_being_shown(text: str, message: str, tmp_path: Path) -> None:
    """What stands in an address or under a wrong key may be a secret."""
    with pytest.raises(SettingsError, match=message) as refused:
        _load(tmp_path, text)
    assert "geheim" not in str(refused.value)


def test_colons_and_casts_are_no_watermark() -> None:
    """``::date`` and times of day in a statement bind nothing."""
    given = {"kind": "sql", "url": "sqlite:////a", "statement": "SELECT a::since, '12:30' FROM t"}
    assert SqlFetch.model_validate(given).since_column is None
    check_select("/* the night's */ WITH t AS (SELECT 1) SELECT * FROM t;")


def test_named_variables_are_no_unknown_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that sources give are known; without them those that end as secrets do are, and no others."""
    text = "fetch = { kind = 'http', addresses = ['https://a.example'], token_env = 'KESHENG_SHOP' }"
    monkeypatch.setenv("KESHENG_SHOP", "geheim")
    assert "geheim" not in repr(_load(tmp_path, text))
    with pytest.raises(SettingsError, match="unknown environment variable KESHENG_SHOP"):
        load_settings()
    monkeypatch.delenv("KESHENG_SHOP")
    monkeypatch.setenv("KESHENG_SHOP_PASSWORD", "geheim")
    assert load_settings().sources == ()


def test_secrets_are_hidden_as_they_are_written() -> None:
    """As they are, in addresses, in headers, and those of other people's addresses too."""
    secrets = Secrets({"KESHENG_A": "pass w0rd/@%", "KESHENG_B": "pass"})
    assert secrets.hidden("pass") == "pass"
    assert (secrets.value("KESHENG_A"), secrets.value("KESHENG_B")) == ("pass w0rd/@%", "pass")
    told = "pass w0rd/@% pass%20w0rd%2F%40%25 pass+w0rd%2F%40%25 cGFzcyB3MHJkL0Al postgresql://u:other@host/d"
    assert secrets.hidden(told) == "*** *** *** *** postgresql://u:***@host/d"
