"""A user's own lists lie over ours: rows are added, replaced and removed, and ours stay as they are."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.command_line import app
from flows.readers import ReadingChoice
from flows.settings import load_settings
from lexicons.cue_rules import load_cue_book
from lexicons.rows import LexiconError
from models.cue_reader import load_cue_reader
from models.reader import ReviewText

HEAD = "# owner: 质检组\n# source: own cases\n"
CUES = "cue\tfield\tvalue\tseverity\texample\n"


def _lists(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "lists"
    (folder / "cues").mkdir(parents=True)
    (folder / "vocabulary").mkdir()
    for name, content in files.items():
        path = folder / ("removed.tsv" if name == "removed" else name.replace("__", "/") + ".tsv")
        path.write_text(HEAD + content, "utf-8")
    return folder


def _subtypes(text: str, lists: Path | None) -> object:
    return load_cue_reader(lists).read([ReviewText(text)]).reviews["failure_subtypes"][0]


def test_a_row_of_ones_own_is_read(tmp_path: Path) -> None:
    """A cue of the house counts, the lexicon version tells of it, and the shipped lists do not know it."""
    lists = _lists(tmp_path, cues__failures_core=CUES + "云梯卡住\tfailure\tdelivery.core\t2\t云梯卡住了\n")
    assert _subtypes("云梯卡住了", lists) == ["delivery.core"]
    assert _subtypes("云梯卡住了", None) == []
    assert load_cue_book(lists).version != load_cue_book().version


def test_a_row_with_the_same_words_replaces_ours(tmp_path: Path) -> None:
    """The same words and field with another value are read as the user says."""
    ours = next(cue for cue in load_cue_book().cues if cue.cue == "态度冷淡")
    assert ours.value == "staff.inattentive"
    lists = _lists(tmp_path, cues__failures_staff=CUES + "态度冷淡\tfailure\tstaff.misconduct\t2\t前台态度冷淡\n")
    assert _subtypes("前台态度冷淡", lists) == ["staff.misconduct"]


def test_a_removed_row_is_not_read(tmp_path: Path) -> None:
    """A row of ours that removed.tsv names is left out."""
    removed = "list\twords\ncues/failures_staff.tsv\t态度冷淡\n"
    left = [cue.cue for cue in load_cue_book(_lists(tmp_path, removed=removed)).cues]
    assert "态度冷淡" not in left
    assert len(left) == len(load_cue_book().cues) - 1


def test_a_word_for_the_segmenter_is_cut_whole(tmp_path: Path) -> None:
    """The user's words reach the segmenter too."""
    words = "word\tfrequency\texample\n云栖拾光里\t100000\t住在云栖拾光里\n"
    lists = _lists(tmp_path, vocabulary__segmenter_words=words)
    assert "云栖拾光里" in ReadingChoice(lexicons=lists).words.cut("住在云栖拾光里")
    assert "云栖拾光里" not in ReadingChoice().words.cut("住在云栖拾光里")


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (
            {"cues__failure_core": CUES},
            r"no list of ours is called cues/failure_core\.tsv \(did you mean cues/failures_core",
        ),
        ({"cues__failures_core": CUES + "云梯卡住\tfailure\tdelivery.lift\t2\t云梯卡住\n"}, r"failures_core\.tsv:4: "),
        ({"removed": "list\twords\ncues/failures_staff.tsv\t没有这行\n"}, "found none that is called 没有这行"),
    ],
)
def test_wrong_lists_are_refused(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    """A misspelt file, a wrong row and a removal of nothing are told with file and line."""
    with pytest.raises(LexiconError, match=problem):
        load_cue_book(_lists(tmp_path, **files))


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """The folder that the settings name must be there."""
    with pytest.raises(LexiconError, match="expected a folder of lists"):
        load_cue_book(tmp_path / "none")


def test_settings_name_the_folder_relative_to_themselves(tmp_path: Path) -> None:
    """The key ``lexicons`` names a folder beside the settings file."""
    lists = _lists(tmp_path, cues__failures_core=CUES + "云梯卡住\tfailure\tdelivery.core\t2\t云梯卡住了\n")
    config = tmp_path / "kesheng.toml"
    config.write_text('lexicons = "lists"', "utf-8")
    assert load_settings(config).reading.lexicons == lists
    found = CliRunner().invoke(app, ["text", "云梯卡住了", "--config", str(config)])
    assert "delivery.core" in found.output


def test_the_command_checks_lists_and_names_the_row(tmp_path: Path) -> None:
    """An example that does not show its label ends with status 1 and the row's place; ours are all right."""
    good = CliRunner().invoke(app, ["lexicon", "check"])
    assert good.exit_code == 0
    assert ", 0 not read as they should be" in good.output
    lists = _lists(tmp_path, cues__failures_core=CUES + "云梯卡住\tfailure\tdelivery.core\t2\t电梯很快\n")
    bad = CliRunner().invoke(app, ["lexicon", "check", "--lists", str(lists)])
    assert bad.exit_code == 1
    assert "failures_core.tsv:4" in bad.output.replace("\n", "")


def test_the_command_shows_which_rows_a_sentence_meets() -> None:
    """Label, the word that turns it, and the row's place stand beside each clause."""
    shown = CliRunner().invoke(app, ["lexicon", "try", "网上有人说隔音差，我们住着挺好"]).output
    assert "failure=delivery.core  × quoted: 网上有人说" in shown
    assert "failures_core.tsv:" in shown
    assert "sentiment=positive" in shown


def test_the_command_counts_every_list() -> None:
    """Each list has its number of entries and an owner; each label its number of cues."""
    shown = CliRunner().invoke(app, ["lexicon", "stats", "--json"]).output
    assert '"cues/sentiment.tsv"' in shown
    assert '"failure=delivery.slow"' in shown
