"""Settings from the file, the environment and the command line."""

from pathlib import Path

import pytest

from flows.settings import Settings, SettingsError, load_settings


def _load(tmp_path: Path, text: str, *, data: Path | None = None) -> Settings:
    path = tmp_path / "kesheng.toml"
    path.write_text(text, "utf-8")
    return load_settings(path, data=data)


def test_defaults_suit_one_machine() -> None:
    """Without file and environment everything has a value."""
    settings = load_settings()
    assert settings.data == Path("data")
    assert settings.venue_master == Path("data/venues.csv")
    assert settings.sources == ()
    assert settings.masking.staff_names_in_criticism is True
    assert (settings.segmenter, settings.language, settings.silent_after_days) == ("rjieba", "zh", 14)
    assert settings.worker_count >= 1
    assert settings.model_copy(update={"workers": 3}).worker_count == 3


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """Every table of the file arrives typed."""
    settings = _load(
        tmp_path,
        """
        workers = 2
        wait_seconds = 1.5
        language = "en"
        [masking]
        staff_names_in_criticism = false
        [schedule]
        cron = "0 3 * * *"
        [[sources]]
        name = "携程"
        files = ["exports/*.csv"]
        kind = "complaint"
        industry = "hotel"
        map = { text = "评论内容" }
        """,
    )
    assert (settings.workers, settings.wait_seconds, settings.language) == (2, 1.5, "en")
    assert settings.masking.staff_names_in_criticism is False
    assert (settings.schedule.cron, settings.schedule.timezone) == ("0 3 * * *", "Asia/Shanghai")
    (source,) = settings.sources
    options = source.import_options(settings.masking)
    assert (options.source, options.kind, options.industry) == ("携程", "complaint", "hotel")
    assert options.file.columns == {"text": "评论内容"}
    assert options.masking.staff_names_in_criticism is False


def test_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """Notepad's mark at the head of the file does no harm."""
    assert _load(tmp_path, "\ufeffworkers = 2").workers == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "langage = 'zh'",
            r"kesheng\.toml: unknown key 'langage' \(did you mean 'language'\?\)\. The keys are data, venues,",
        ),
        ("zzz = 1", r"kesheng\.toml: unknown key 'zzz'\. The keys are data, venues,"),
        ("base = '.'", r"kesheng\.toml: unknown key 'base'\. The keys"),
        (
            "[[sources]]\nname = 'ctrip'\nfile = ['a']",
            r"\[\[sources\]\] ctrip: unknown key 'file' \(did you mean 'files'\?\)",
        ),
        ("[[sources]]\nname = 'x'\nfiles = ['a**b']", r"'sources\.0\.files\.0': '\*\*' stands for whole folders"),
        ("[[sources]]\nname = 'x'\nfiles = 'a.csv'", r"'sources\.0\.files': input should be a list; found 'a\.csv'"),
        ("[[sources]]\nnmae = 'ctrip'", r"\[\[sources\]\]: unknown key 'nmae' \(did you mean 'name'\?\)"),
        (
            "[masking]\nstaff_names = true",
            r"\[masking\]: unknown key 'staff_names' \(did you mean 'staff_names_in_critic",
        ),
        ("[messages]\nwhen = 'sometimes'", r"'messages\.when': input should be 'something', 'always' or 'never'"),
        ("[messages]\nwehn = 'never'", r"\[messages\]: unknown key 'wehn' \(did you mean 'when'\?\)"),
        ("[schedule]\ncrom = 'x'", r"\[schedule\]: unknown key 'crom' \(did you mean 'cron'\?\)"),
        ("workers = 'two'", r"kesheng\.toml: 'workers': input should be a valid integer.*; found 'two'"),
        ("workers = -1", r"kesheng\.toml: 'workers': input should be greater than or equal to 0; found -1"),
        ("data = 5", r"kesheng\.toml: 'data': input is not a valid path.*; found 5"),
        ("sources = 5", r"kesheng\.toml: 'sources': input should be a list; found 5"),
        ("sources = [5]", r"kesheng\.toml: 'sources\.0': input should be a valid dictionary.*; found 5"),
        ("[sources]\nname = 'ctrip'", r"kesheng\.toml: 'sources': input should be a list; found"),
        ("masking = 5", r"kesheng\.toml: 'masking': input should be a valid dictionary.*; found 5"),
        ("language = 'fr'", r"kesheng\.toml: 'language': input should be 'zh' or 'en'; found 'fr'"),
        ("segmenter = 'hanlp'", r"kesheng\.toml: 'segmenter': input should be 'rjieba' or 'jieba'; found 'hanlp'"),
        (
            "[[sources]]\nname = 'ctrip'\nfiles = []",
            r"'sources\.0': source ctrip: expected exactly one of files, fetch, recipe; found none of them",
        ),
        (
            "[[sources]]\nname = 'a b'\nfiles = ['a']",
            r"'sources\.0\.name': a source name must be 1 to 40 .*found 'a b'",
        ),
        (
            "[[sources]]\nname = 'ctrip'\nfiles = ['a']\nkind = 'revue'",
            r"'sources\.0\.kind': input should be 'review',.*'revue'",
        ),
        ("workers = ", r"kesheng\.toml: expected TOML; Invalid value"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Unknown keys at every level come with the nearest right name; wrong types with what was expected and found."""
    with pytest.raises(SettingsError, match=message):
        _load(tmp_path, text)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    """The path stands in the message, and where an example is."""
    with pytest.raises(
        SettingsError, match=r"expected a settings file at .*none\.toml, found none; data/sample/kesheng\.toml"
    ):
        load_settings(tmp_path / "none.toml")
    (tmp_path / "gb.toml").write_bytes("language = '中文'".encode("gb18030"))
    with pytest.raises(SettingsError, match=r"gb\.toml: expected TOML; 'utf-8' codec"):
        load_settings(tmp_path / "gb.toml")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "KESHENG_DAAT",
            "x",
            r"unknown environment variable KESHENG_DAAT \(did you mean 'KESHENG_DATA'\?\)\. Known are",
        ),
        (
            "KESHENG_MASKNIG__X",
            "x",
            r"unknown environment variable KESHENG_MASKNIG__X \(did you mean 'KESHENG_MASKING'",
        ),
        ("KESHENG_BASE", "x", r"unknown environment variable KESHENG_BASE"),
        ("KESHENG_WORKERS", "two", r"environment variable KESHENG_WORKERS: 'workers': .*valid integer.*; found 'two'"),
        ("KESHENG_MASKING__STAFF", "x", r"environment variable KESHENG_MASKING__STAFF: 'masking\.staff': extra inputs"),
        ("KESHENG_SOURCES", "ctrip", r"expected JSON in an environment variable; .*\"sources\""),
    ],
)
def test_a_wrong_variable_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    """A variable of ours that means nothing, or has a wrong value, is named; the file is not blamed."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=message):
        _load(tmp_path, "workers = 2")


def test_the_identity_key_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable of the identity key may stand beside the settings."""
    monkeypatch.setenv("KESHENG_IDENTITY_KEY", "0123456789abcdef0123456789abcdef")
    assert load_settings().data == Path("data")


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("KESHENG_CHANNEL", r"unknown environment variable KESHENG_CHANNEL \(did you mean 'KESHENG_CHANNELS'\?\)"),
        ("KESHENG_CHANNELS__1", r"unknown environment variable KESHENG_CHANNELS__1 \(did you mean 'KESHENG_CHANNELS'"),
        ("KESHENG_MESSAGES__CHANNELS", r"variable KESHENG_MESSAGES__CHANNELS: 'messages\.channels': extra inputs"),
    ],
)
def test_channels_are_no_setting_and_are_never_shown(
    variable: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their own variable may stand beside the settings; in a wrong place they are refused without being shown."""
    monkeypatch.setenv("KESHENG_CHANNELS", "feishu://geheim")
    assert (load_settings().messages.when, load_settings().messages.language) == ("something", None)
    assert "geheim" not in repr(load_settings())
    with pytest.raises(SettingsError, match=r"unknown key 'channels'\. The keys are when, language$"):
        _load(tmp_path, "[messages]\nchannels = 'feishu://geheim'")
    monkeypatch.setenv(variable, "feishu://geheim")
    with pytest.raises(SettingsError, match=message) as refused:
        load_settings()
    assert "geheim" not in str(refused.value)


def test_the_command_line_wins_over_environment_file_and_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the four places is beaten by the one above it."""
    assert _load(tmp_path, "").data == Path("data")
    assert _load(tmp_path, "data = 'here'").data == tmp_path / "here"
    monkeypatch.setenv("KESHENG_DATA", "from-environment")
    assert _load(tmp_path, "data = 'here'").data == Path("from-environment")
    assert _load(tmp_path, "data = 'here'", data=Path("given")).data == Path("given")


def test_part_of_a_table_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A nested variable changes its own key and leaves the rest of the file's table."""
    monkeypatch.setenv("KESHENG_MASKING__STAFF_NAMES_IN_CRITICISM", "false")
    monkeypatch.setenv("KESHENG_SCHEDULE__TIMEZONE", "Asia/Hong_Kong")
    settings = _load(tmp_path, "[masking]\nstaff_names_in_criticism = true\n[schedule]\ncron = '0 3 * * *'")
    assert settings.masking.staff_names_in_criticism is False
    assert (settings.schedule.cron, settings.schedule.timezone) == ("0 3 * * *", "Asia/Hong_Kong")
    assert load_settings().masking.staff_names_in_criticism is False


def test_paths_of_the_file_are_relative_to_it(tmp_path: Path) -> None:
    """The data folder and the venue master lie beside the file, wherever the command starts; absolute ones stay."""
    settings = _load(tmp_path, "data = 'night'\nvenues = 'master/venues.csv'")
    assert settings.folder.root == tmp_path / "night"
    assert settings.venue_master == tmp_path / "master/venues.csv"
    assert settings.base == tmp_path
    elsewhere = tmp_path / "elsewhere"
    assert _load(tmp_path, f"data = '{elsewhere}'\nvenues = '{elsewhere}/v.csv'").data == elsewhere
    assert _load(tmp_path, f"venues = '{elsewhere}/v.csv'").venue_master == elsewhere / "v.csv"


def test_the_sample_settings_read() -> None:
    """The committed sample is sound and its files are there."""
    sample = Path(__file__).parents[1] / "data/sample/kesheng.toml"
    settings = load_settings(sample)
    assert settings.venue_master.exists()
    assert [file for source in settings.sources for file in source.files if not (settings.base / file).exists()] == []
    assert len(settings.sources) >= 3
