"""Recipes in files: each mistake is refused with its line and what to do; a crawl starts where they say."""

from datetime import date, time
from pathlib import Path
from textwrap import dedent, indent

import pytest

from sources.web.recipe import Hours, Recipe, environment_names
from sources.web.recipe_file import RecipeError, read_recipe, start_addresses
from sources.web.templates import filled, filled_address

GOOD = """\
recipe: 1
title: 酒店点评
hosts: [reviews.example.com]
start:
  - page: list
    address: https://reviews.example.com/hotel/101
pages:
  list:
    items: {css: .r}
    fields:
      text: {css: .t}
"""


def recipe_at(tmp_path: Path, text: str) -> Path:
    """Return the path of a recipe written there."""
    path = tmp_path / "hotel.yaml"
    path.write_text(text, "utf-8")
    return path


def problem(tmp_path: Path, text: str) -> str:
    """Return what a wrong recipe is refused with, without the folder."""
    with pytest.raises(RecipeError, match=r"hotel\.yaml") as refused:
        read_recipe(recipe_at(tmp_path, text))
    return str(refused.value).replace(f"{tmp_path}/", "")


def with_page(body: str) -> str:
    """Return the good recipe with another page, which begins on line 9."""
    return GOOD.partition("    items:")[0] + indent(dedent(body), "    ")


def with_start(body: str) -> str:
    """Return the good recipe with another start, which begins on line 5."""
    head, _, rest = GOOD.partition("  - page: list\n")
    return head + indent(dedent(body), "  ") + rest[rest.index("pages:") :]


def test_a_good_recipe_is_read(tmp_path: Path) -> None:
    """Its parts are there, and manners are polite where it says nothing."""
    recipe = read_recipe(recipe_at(tmp_path, "\ufeff" + GOOD))
    assert recipe.title == "酒店点评"
    assert (recipe.manners.delay_seconds, recipe.manners.concurrency) == (1.0, 1)
    assert recipe.pages["list"].fields["text"].css == ".t"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD + "pagse: {}\n", "hotel.yaml:12: pagse: unknown key 'pagse' (did you mean 'pages'?)"),
        (GOOD.replace("hosts:", "host:"), "hotel.yaml:3: host: unknown key 'host' (did you mean 'hosts'?)"),
        (GOOD.replace("text: {css", "text: {cs"), "pages.list.fields.text.cs: unknown key 'cs' (did you mean 'css'?)"),
        (GOOD.replace("- page: list", "- pages: list"), "start.0.pages: unknown key 'pages' (did you mean 'page'?)"),
        (
            GOOD + "manners: {delay_second: 3}\n",
            "hotel.yaml:12: manners.delay_second: unknown key 'delay_second' (did ",
        ),
        (GOOD + "title: 又一个\n", "hotel.yaml:12: the key 'title' stands on line 2 already"),
        (GOOD.replace("recipe: 1", "recipe: 2"), "hotel.yaml:1: recipe: input should be 1, found 2"),
        (GOOD.replace("title: 酒店点评\n", ""), "hotel.yaml:1: title: field required"),
        (GOOD.replace("title: 酒店点评", "title: 2026"), "hotel.yaml:2: title: input should be a valid string, found"),
        (GOOD.replace("[reviews.example.com]", "[点评.example]"), "hotel.yaml:3: hosts.0: string should match pattern"),
        (
            GOOD.replace("page: list", "page: lits"),
            "hotel.yaml:5: start.0.page: 'lits' is no page of this recipe; its pages are list",
        ),
        (GOOD.replace(".t}", '"p[[x"}'), "hotel.yaml:11: pages.list.fields.text.css: expected a CSS selector, found"),
        (GOOD.replace("text:", "txt:"), "hotel.yaml:11: pages.list.fields.txt: input should be 'text'"),
        (
            GOOD + "headers: {Cookie: a=b}\n",
            "hotel.yaml:12: headers.Cookie: the header 'Cookie' is not a recipe's to set",
        ),
        (GOOD + "headers: {'user-agent ': Browser}\n", "the header 'user-agent ' is not a recipe's to set"),
        (GOOD + "owned: {reason: mine}\n", "hotel.yaml:12: owned.reason: string should have at least 10 characters"),
        (GOOD + "manners: {delay_seconds: -1}\n", "hotel.yaml:12: manners.delay_seconds: input should be greater than"),
        (GOOD + "limits: {depth: 0}\n", "hotel.yaml:12: limits.depth: input should be greater than or equal to 1"),
        ("", "hotel.yaml: expected a recipe, found an empty file"),
        ("- 1\n- 2\n", "hotel.yaml:1: expected keys such as 'recipe: 1' and 'title: …', found [1, 2]"),
        ("recipe: [1\ntitle: x", "hotel.yaml:2: expected YAML; "),
        ("recipe: 1\n\tx: 2", "hotel.yaml:2: expected YAML; found character '\\t'"),
        ("recipe: \x01", "hotel.yaml: expected YAML; "),
        ("[a]: 1\n[a]: 2\n", "hotel.yaml:2: the key "),
        (GOOD.replace("酒店点评", "!!python/object/apply:os.getcwd []"), "hotel.yaml:2: expected YAML; could not det"),
    ],
)
def test_a_mistake_is_refused_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    """The message names file, line and place, what came, and what was expected."""
    assert told in problem(tmp_path, text)


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("items: {css: .r, xpath: //p}\nfields: {text: {css: .t}}", "exactly one of css, xpath, jmespath, schema_org"),
        ("items: {css: .r}\nfields: {text: {css: .t, value: x}}", "found css and value"),
        ("items: {css: .r}\nfields: {text: {pattern: x}}", "found none"),
        ("items: {css: .r}", "expected a selector for the field 'text' beside 'items'"),
        ("items: {css: .r}\nfields: {rating: {css: .s}}", "expected a selector for the field 'text' beside 'items'"),
        ("items: {css: .r}\nfields: {text: {css: .t}}\nrequired: [own_id]", "'required' names the field 'own_id'"),
        (
            "items: {css: .r}\nfields: {text: {css: .t}}\nextra: {venue: {css: h1}}",
            "extra.venue: expected another name",
        ),
        ("visit: once", "expected 'items' or 'links': a page with neither brings nothing"),
        ("items: {css: 'p::words'}\nfields: {text: {css: .t}}", "The pseudo-element ::words is unknown"),
        ("items: {css: 'n|p'}\nfields: {text: {css: .t}}", "Undefined namespace prefix"),
        ("items: {xpath: '//p['}\nfields: {text: {css: .t}}", "expected an XPath expression, found '//p['"),
        ("items: {xpath: 'words(p)'}\nfields: {text: {css: .t}}", "found 'words(p)': Unregistered function"),
        ("items: {css: .r}\nfields: {text: {css: .t, pattern: '(x'}}", "expected a regular expression, found '(x'"),
        ("items: {css: .r}\nfields: {text: {address: '[x'}}", "expected a regular expression, found '[x'"),
        ("items: {css: .r}\nfields: {text: {xpath: //p}}", "every item would get the same: expected './/p'"),
        ("items: {css: .r}\nfields: {text: {jmespath: a}}", "fields.text: a jmespath finds nothing in HTML"),
        ("items: {jmespath: a}\nfields: {text: {css: .t}}", "items: expected CSS or XPath"),
        ("format: json\nitems: {css: .r}\nfields: {text: {jmespath: t}}", "items: expected a jmespath, for JSON"),
        ("format: json\nitems: {jmespath: a}\nfields: {text: {css: .t}}", "fields.text: CSS and XPath find nothing in"),
        ("format: json\nitems: {schema_org: Review}", "items: expected a jmespath, for JSON"),
        ("format: json\nitems: {jmespath: 'a['}\nfields: {text: {jmespath: t}}", "expected a JMESPath expression"),
        ("format: json\nitems: {jmespath: 'a.b(@)'}\nfields: {text: {jmespath: t}}", "no function 'b'"),
        (
            "embedded_json: {jmespath: a}\nitems: {jmespath: a}\nfields: {text: {jmespath: t}}",
            "the CSS or XPath of the",
        ),
        ("items: {css: .r}\nfields: {text: {css: .t}}\nencoding: utf-9", "expected an encoding such as gb18030 or utf"),
        (
            "items: {css: .r}\nfields: {text: {css: .t}, venue: {value: '{shop}'}}",
            "fields.venue: expected {shop} among",
        ),
        ("items: {css: .r}\nfields: {text: {css: .t}}\nnext: {cursor: {css: .n}}", "'cursor' and 'parameter' together"),
        ("items: {css: .r}\nfields: {text: {css: .t}}\nnext: {number: p, link: {css: a}}", "found link and number"),
        ("items: {css: .r}\nfields: {text: {css: .t}}\nnext: {number: p, step: 0}", "greater than or equal to 1"),
        (
            "items: {css: .r}\nfields: {text: {css: .t}, rating: {css: .s, scale: 50}}",
            "input should be '5', '10', '50'",
        ),
        ("format: json\nlinks: [{page: list, jmespath: a}]", "expected 'address' beside jmespath"),
        ("links: [{page: list, css: a, address: {value: '/{Shop}'}}]", "small letters first, found '/{Shop}'"),
        (
            "links: [{page: list, css: a, address: {value: '/{shop}'}}]",
            "links.0.address: expected {shop} among the 'va",
        ),
        ("links: [{page: list, css: a, carry: {v: {xpath: //h1}}}]", "every item would get the same"),
    ],
)
def test_a_mistake_on_a_page_is_refused(page: str, told: str, tmp_path: Path) -> None:
    """Whatever could find nothing on the page is told of when the recipe is read, with a line of that page."""
    message = problem(tmp_path, with_page(page))
    assert told in message
    assert int(message.split(":")[1]) >= 8


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (
            "- page: list\n  address: https://reviews.example.com/{city}\n",
            "hotel.yaml:5: start.0: the address names {ci",
        ),
        (
            "- page: list\n  address: https://reviews.example.com/{City}\n",
            "small letters first, found 'https://reviews",
        ),
        (
            "- page: list\n  address: https://other.example.com/\n",
            "hotel.yaml:6: start.0.address: 'https://other.exampl",
        ),
        ("- page: list\n  address: /hotel/\n", "'/hotel/' may not be asked for: no web address"),
        ("- page: list\n  address: https://[bad/\n", "may not be asked for: no web address"),
        (
            "- page: list\n  address: https://reviews.example.com/{c}\n  values: {c: {of: [12]}}\n",
            "hotel.yaml:7: start.0.values.c.of.0: input should be a valid string, found 12; write it in quotes",
        ),
        (
            "- page: list\n  address: https://reviews.example.com/{c}\n  values: {c: {of: []}}\n",
            "hotel.yaml:7: start.0.values.c.of: tuple should have at least 1 item",
        ),
        (
            "- page: list\n  address: https://reviews.example.com/{c}\n  values: {c: {file: c.csv}}\n",
            "hotel.yaml:7: start.0.values.c: expected 'file' and 'column' together",
        ),
        (
            "- page: list\n  address: https://reviews.example.com/{c}\n  values: {c: {of: [a], days_ago: 3}}\n",
            "hotel.yaml:7: start.0.values.c: expected exactly one of of, file, last_days, days_ago",
        ),
    ],
)
def test_a_mistake_at_the_start_is_refused(start: str, told: str, tmp_path: Path) -> None:
    """Names that nothing stands for, hosts that are not the recipe's, and values that cannot be read."""
    assert told in problem(tmp_path, with_start(start))


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ("06:00", "expected hours such as 00:30-06:00, found "),
        ("0:30-6:00", "expected hours such as 00:30-06:00, found '0:30-6:00'"),
        ("00:00-24:00", "hotel.yaml:12: manners.hours.end: input should be in a valid time format"),
        ("00:00-00:00", "expected hours of some length, found '00:00-00:00'; leave 'hours' out for the whole day"),
    ],
)
def test_hours_are_written_one_way(hours: str, told: str, tmp_path: Path) -> None:
    """Hours that YAML or a person might read otherwise are refused."""
    assert told in problem(tmp_path, GOOD + f"manners: {{hours: {hours}}}\n")


def test_hours_may_run_over_midnight() -> None:
    """23:00-05:00 holds the night; the end is outside; both are written as they came."""
    night = Hours.model_validate("23:00-05:00")
    assert [night.hold(time(hour)) for hour in (22, 23, 0, 4, 5, 12)] == [False, True, True, True, False, False]
    day = Hours.model_validate("00:30-06:00")
    assert [day.hold(time(0, 29)), day.hold(time(0, 30)), day.hold(time(6))] == [False, True, False]
    assert str(night) == "23:00-05:00"


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_recipe_that_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    """A path without a recipe is named."""
    with pytest.raises(RecipeError, match=r"expected a recipe \(YAML in UTF-8\) at "):
        read_recipe(tmp_path / name)


def test_a_recipe_in_gbk_is_refused(tmp_path: Path) -> None:
    """Another encoding is told of, not guessed."""
    path = tmp_path / "hotel.yaml"
    path.write_bytes(GOOD.encode("gbk"))
    with pytest.raises(RecipeError, match="YAML in UTF-8"):
        read_recipe(path)


def test_nothing_in_a_recipe_runs(tmp_path: Path) -> None:
    """A tag that would make a Python object is refused before anything of it happens."""
    touched = tmp_path / "touched"
    tag = f'!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ["{touched}"]]'
    assert "expected YAML" in problem(tmp_path, GOOD.replace("酒店点评", tag))
    assert not touched.exists()


def test_aliases_are_followed_once(tmp_path: Path) -> None:
    """Aliases of aliases, of which there are a billion, and one that holds itself end soon, with a message."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert "unknown key 'a0'" in problem(tmp_path, GOOD + "\n".join(lines) + "\n")
    assert "hotel.yaml:2: title: " in problem(tmp_path, GOOD.replace("酒店点评", "&a [*a]"))


def started(tmp_path: Path, values: str, address: str = "/{city}") -> list[tuple[str, str, dict[str, str]]]:
    """Return where a crawl begins on the fifth of November."""
    start = f"- page: list\n  address: https://reviews.example.com{address}\n  values: {values}\n"
    recipe = read_recipe(recipe_at(tmp_path, with_start(start)))
    return list(start_addresses(recipe, tmp_path, date(2026, 11, 5)))


def test_every_combination_of_values_is_a_start(tmp_path: Path) -> None:
    """Two cities and two days make four addresses, and their values are carried along."""
    found = started(tmp_path, "{city: {of: [a, b]}, day_2: {last_days: 2, format: '%m%d'}}", "/{city}?d={day_2}")
    assert [address.removeprefix("https://reviews.example.com") for _, address, _ in found] == [
        "/a?d=1105",
        "/a?d=1104",
        "/b?d=1105",
        "/b?d=1104",
    ]
    assert found[3] == ("list", "https://reviews.example.com/b?d=1104", {"city": "b", "day_2": "1104"})


def test_values_come_from_a_table_beside_the_recipe(tmp_path: Path) -> None:
    """A CSV file as Excel saves it, with a byte order mark, empty cells left out."""
    (tmp_path / "shops.csv").write_text("名称,编号\n沸川,12\n小满, 15 \n空,\n短\n", "utf-8-sig")
    found = started(tmp_path, "{city: {file: shops.csv, column: 编号}}")
    assert [carried for _, _, carried in found] == [{"city": "12"}, {"city": "15"}]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "expected a CSV file of values, in UTF-8, at "),
        ("名称,编号\n沸川,12\n".encode("gbk"), "expected a CSV file of values, in UTF-8, at "),
        ("名称,号\n沸川,12\n".encode(), "expected a column '编号', found 名称, 号"),
        ("名称,号\n".encode(), "expected a column '编号', found 名称, 号"),
        (b"", "expected a column '编号', found none"),
        ("名称,编号\n沸川,\n".encode(), "expected values in the column '编号', found none"),
    ],
)
def test_a_table_of_values_that_gives_none_is_refused(content: bytes | None, told: str, tmp_path: Path) -> None:
    """A crawl that would begin nowhere is told of."""
    if content is not None:
        (tmp_path / "shops.csv").write_bytes(content)
    with pytest.raises(RecipeError, match=told):
        started(tmp_path, "{city: {file: shops.csv, column: 编号}}")


def test_values_are_quoted_in_the_query_of_an_address() -> None:
    """``烤鱼&茶`` adds no parameter; what is quoted already, and a path, stays as it is; a missing name is nothing."""
    assert filled_address("/s?q={q}&p=1", {"q": "烤鱼&p=9#"}) == "/s?q=%E7%83%A4%E9%B1%BC%26p%3D9%23&p=1"
    assert filled_address("/s?q={q}", {"q": "%D6%D0"}) == "/s?q=%D6%D0"
    assert filled_address("{where}/x?a=1", {"where": "https://reviews.example.com/b"}).endswith(".com/b/x?a=1")
    assert filled("{venue_2}·{other}", {"venue_2": "云栖"}) == "云栖·"


def test_secrets_are_named_not_written(tmp_path: Path) -> None:
    """The environment variables of the headers are known before a crawl."""
    recipe: Recipe = read_recipe(recipe_at(tmp_path, GOOD + "headers: {Authorization: 'Bearer ${SITE_TOKEN}'}\n"))
    assert list(environment_names(recipe)) == ["SITE_TOKEN"]
