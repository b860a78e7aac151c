"""The venue master."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.venues import Venue, VenueMaster, VenueMasterError, read_venues
from warehouse.schema import LANDED_SCHEMA, VENUES

_HEADER = "venue_id,venue_name,aliases,region,brand,industry,city\n"
_LAKE = "yunqi-lake,云栖湖畔酒店（西湖店）,云栖湖畔|雲棲湖畔酒店|Yunqi Lake,华东,云栖,hotel,杭州\n"
_NOODLES = "mian-01,老灶面馆,,华南,,restaurant,\n"


def _read(tmp_path: Path, text: str, encoding: str = "utf-8") -> VenueMaster:
    path = tmp_path / "venues.csv"
    path.write_bytes(text.encode(encoding))
    return read_venues(path)


def test_a_venue_has_all_its_columns(tmp_path: Path) -> None:
    """Known columns become fields, free ones JSON, empty cells nothing."""
    lake, noodles = _read(tmp_path, _HEADER + _LAKE + _NOODLES).venues
    assert lake == Venue(
        venue_id="yunqi-lake",
        venue_name="云栖湖畔酒店（西湖店）",
        aliases=("云栖湖畔", "雲棲湖畔酒店", "Yunqi Lake"),
        region="华东",
        brand="云栖",
        industry="hotel",
        extra='{"city": "杭州"}',
    )
    assert noodles == Venue("mian-01", "老灶面馆", region="华南", industry="restaurant")


@pytest.mark.parametrize(
    "name",
    [
        *("云栖湖畔酒店（西湖店）", "云栖湖畔酒店(西湖店)", "云栖湖畔酒店 西湖店", "云栖湖畔酒店·西湖店"),
        *("云栖湖畔", "雲棲湖畔酒店", "yunqi lake", "ＹＵＮＱＩ　ＬＡＫＥ", "Yunqi-Lake!", "yunqi-lake"),
    ],
)
def test_a_name_is_found_in_any_dress(tmp_path: Path, name: str) -> None:
    """Width, case, spaces and punctuation do not matter; id, name and aliases all lead to the venue."""
    venue = _read(tmp_path, _HEADER + _LAKE + _NOODLES).find(name)
    assert venue is not None
    assert venue.venue_id == "yunqi-lake"


@pytest.mark.parametrize("name", ["云栖湖", "云栖湖畔酒店（城北店）", "湖畔", "", "  ", "！！", None])
def test_an_unknown_name_is_not_guessed(tmp_path: Path, name: str | None) -> None:
    """A name that is only near a listed one means no venue."""
    assert _read(tmp_path, _HEADER + _LAKE + _NOODLES).find(name) is None


@settings(deadline=None)
@given(st.lists(st.sampled_from([" ", "　", "-", "·", "（", ")", "！", "，"]), min_size=5, max_size=5))
def test_marks_between_characters_never_matter(marks: list[str]) -> None:
    """Whatever marks stand in a name, it is the same name."""
    venue = Venue("mian-01", "老灶面馆")
    assert VenueMaster((venue,)).find("".join(a + b for a, b in zip(marks, "老灶面馆 ", strict=True))) is venue


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_excel_are_read(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with or without a mark and GB18030 give the same venues."""
    assert _read(tmp_path, _HEADER + _LAKE, encoding).venues[0].venue_name == "云栖湖畔酒店（西湖店）"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"{_HEADER}{_LAKE}b,乙店,云栖 湖畔,,,,\n",
            r"venues\.csv:3: '云栖湖畔' means venue yunqi-lake \(line 2\)",
        ),
        (f"{_HEADER}{_LAKE}b,雲棲湖畔酒店,,,,,\n", r"venues\.csv:3: '雲棲湖畔酒店' means venue yunqi-lake \(line 2\)"),
        (f"{_HEADER}{_LAKE}{_LAKE}", r"venues\.csv:3: '.+' means venue yunqi-lake \(line 2\)"),
        (
            f"{_HEADER}{_NOODLES}mian-01,新灶面馆,,,,,\n",
            r"venues\.csv:3: 'mian01' means venue mian-01 \(line 2\)",
        ),
        (
            "venue_id,region\na,华东\n",
            r"venues\.csv:1: expected .*\['venue_name'\] missing from \['venue_id'",
        ),
        ("", r"venues\.csv:1: expected the columns venue_id and venue_name; .* missing from \[\]"),
        (
            "venue_id,venue_name,venue_name\na,甲,乙\n",
            r"venues\.csv:1: expected each column once; found",
        ),
        (f"{_HEADER},老灶面馆,,,,,\n", r"venues\.csv:2: expected a venue_id and a venue_name; found '', '老灶面馆'"),
        (f"{_HEADER}mian-01,,,,,,\n", r"venues\.csv:2: expected a venue_id and a venue_name; found 'mian-01', ''"),
        (f"{_HEADER}a,甲店,,,,,,多一格\n", r"venues\.csv:2: expected as many cells as the header has; put quotes"),
    ],
)
def test_a_wrong_master_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """A name for two venues, missing columns or cells, and cells too many are each told with file and line."""
    with pytest.raises(VenueMasterError, match=message):
        _read(tmp_path, text)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes of neither encoding are named."""
    path = tmp_path / "venues.csv"
    path.write_bytes(_HEADER.encode() + b"\xff\xff\xff\n")
    with pytest.raises(VenueMasterError, match=r"venues\.csv: expected UTF-8 or GB18030; byte \d+ is neither"):
        read_venues(path)


def test_a_missing_master_is_named(tmp_path: Path) -> None:
    """The path that was looked at stands in the message."""
    with pytest.raises(VenueMasterError, match=r"venues\.csv: expected a venue master, found no such file"):
        read_venues(tmp_path / "venues.csv")


def test_landed_rows_get_their_venue(tmp_path: Path) -> None:
    """Id and name come from the master, the trade only where the source says none; unknown names stay as given."""
    rows = [
        {"review_id": "a", "venue_name": "云栖 湖畔", "industry": None},
        {"review_id": "b", "venue_name": "老灶面馆", "industry": "delivery"},
        {"review_id": "c", "venue_name": "没见过的店", "industry": "hotel"},
        {"review_id": "d", "venue_name": None, "industry": None},
    ]
    matched = _read(tmp_path, _HEADER + _LAKE + _NOODLES).match(pa.Table.from_pylist(rows, schema=LANDED_SCHEMA))
    assert matched.schema == LANDED_SCHEMA
    assert matched.select(["venue_id", "venue_name", "industry"]).to_pylist() == [
        {"venue_id": "yunqi-lake", "venue_name": "云栖湖畔酒店（西湖店）", "industry": "hotel"},
        {"venue_id": "mian-01", "venue_name": "老灶面馆", "industry": "delivery"},
        {"venue_id": None, "venue_name": "没见过的店", "industry": "hotel"},
        {"venue_id": None, "venue_name": None, "industry": None},
    ]


def test_the_master_as_a_table(tmp_path: Path) -> None:
    """The table has the columns of the warehouse, one row a venue, in file order; an empty master has none."""
    table = _read(tmp_path, _HEADER + _LAKE + _NOODLES).table()
    assert table.schema == VENUES.arrow
    assert table.column("venue_id").to_pylist() == ["yunqi-lake", "mian-01"]
    assert table.column("aliases").to_pylist() == [["云栖湖畔", "雲棲湖畔酒店", "Yunqi Lake"], []]
    assert VenueMaster().table().num_rows == 0


def test_the_sample_master_reads() -> None:
    """The committed sample is a sound master."""
    master = read_venues(Path(__file__).parents[1] / "data/sample/venues.csv")
    assert len(master.venues) >= 5
