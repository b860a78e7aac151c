"""Nights with a web site among their sources: what it brings is stored, told, and asked for once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from flows.command_line import app
from flows.crawling import problems_of, rest_of
from flows.settings import SettingsError, load_settings
from reports.collecting import CollectedSite, collected_section
from reports.markdown import to_markdown
from sources.dates import SHANGHAI
from sources.web.answers import Ending
from sources.web.crawl_report import CrawlReport
from tests.local_site import LocalSite
from tests.local_site_faults import Fault
from tests.web_samples import site_recipe

CONTACT = '[collecting]\ncontact = "mailto:quality@example.com"\n'
OTHER = '[[sources]]\nname = "exports"\nfiles = ["none.csv"]\n'


@pytest.fixture
def site() -> Iterator[LocalSite]:
    """Start the site; its first day is today, for dates such as 3天前."""
    with LocalSite(first_day=datetime.now(SHANGHAI).date()) as started:
        yield started


def settings_file(folder: Path, site: LocalSite, *, contact: str = CONTACT, more: str = "") -> Path:
    """Write settings whose first source is the site's app store."""
    site_recipe(folder, "app_store", site.url)
    path = folder / "kesheng.toml"
    source = '[[sources]]\nname = "apps"\nrecipe = "app_store.yaml"\n'
    path.write_text(f'data = "data"\nworkers = 1\n{contact}{source}{more}', "utf-8")
    return path


@pytest.mark.slow
def test_two_nights_of_a_site_store_each_review_once(site: LocalSite, tmp_path: Path) -> None:
    """The first brings all 120, the second six new ones and the developers' answers; the summary tells of both."""
    config = str(settings_file(tmp_path, site))
    for stored, updated in ((120, 0), (6, 11)):
        done = CliRunner().invoke(app, ["run", "--plain", "--json", "--config", config])
        assert done.exit_code == 0, done.output
        counts = json.loads(done.stdout.splitlines()[-1])
        assert (counts["stored"], counts["updated"], counts["failed"]) == (stored, updated, [])
        (told,) = counts["sites"]
        assert (told["source"], told["ending"], told["new"], told["changed"]) == ("apps", "done", stored, updated)
        summary = (tmp_path / "data" / "reports" / "summary.md").read_text("utf-8")
        assert f"| apps | 完成 | {told['pages']} | {stored} | {updated} |" in summary
        site.next_day()


@pytest.mark.slow
def test_collect_lands_alone_and_a_site_that_refuses_stops_no_other(site: LocalSite, tmp_path: Path) -> None:
    """The command ends with status 1, says what the site answered, and has landed what came before."""
    site.faults.add(Fault("forbidden", at="/apps/", after=3))
    (tmp_path / "reviews.csv").write_text("评论内容\n前台办理入住排了一个小时的队\n", "utf-8")
    more = OTHER.replace("none.csv", "reviews.csv")
    config = str(settings_file(tmp_path, site, more=more))
    done = CliRunner().invoke(app, ["collect", "--json", "--config", config])
    told = json.loads(done.stdout.splitlines()[-1])
    assert done.exit_code == 1
    assert told["exports"]["landed"] == 1
    assert told["apps"]["landed"] == 30
    assert told["apps"]["site"]["ending"] == "blocked"
    assert "the site answered 403 to /apps/" in told["apps"]["failed"][0]
    again = CliRunner().invoke(app, ["collect", "--source", "exports", "--config", config])
    assert (again.exit_code, again.stdout) == (0, "exports: 0 files, 0 rows landed; 1 known\n")
    assert not (tmp_path / "data" / "warehouse").exists()


def test_a_site_is_not_asked_without_a_contact(site: LocalSite, tmp_path: Path) -> None:
    """Settings that name a recipe and nobody to write to are refused before anything is asked."""
    with pytest.raises(SettingsError, match=r"source apps asks a web site: expected under \[collecting\] a contact"):
        load_settings(settings_file(tmp_path, site, contact=""))
    with pytest.raises(SettingsError, match="contact"):
        load_settings(settings_file(tmp_path, site, contact='[collecting]\ncontact = "somebody"\n'))
    assert site.requests == ()


def test_an_unknown_source_is_named_with_those_there_are(site: LocalSite, tmp_path: Path) -> None:
    """A slip in --source does not collect something else."""
    config = str(settings_file(tmp_path, site, more=OTHER))
    done = CliRunner().invoke(app, ["collect", "--source", "app", "--config", config])
    assert isinstance(done.exception, SettingsError)
    assert str(done.exception) == "expected a source of the settings, found 'app'; there is apps, exports"


def test_a_wrong_recipe_fails_its_source_alone(site: LocalSite, tmp_path: Path) -> None:
    """The mistake is told with its line; the night goes on, and ends with status 1."""
    config = settings_file(tmp_path, site)
    recipe = tmp_path / "app_store.yaml"
    recipe.write_text(recipe.read_text("utf-8").replace("schema_org", "schema"), "utf-8")
    done = CliRunner().invoke(app, ["collect", "--json", "--config", str(config)])
    told = json.loads(done.stdout.splitlines()[-1])["apps"]
    assert done.exit_code == 1
    assert told["site"]["ending"] == "failed"
    assert "unknown key 'schema' (did you mean 'schema_org'?)" in told["failed"][0]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("ending", [*get_args(Ending), "failed"])
def test_every_ending_is_told_in_both_languages(ending: str, language: str) -> None:
    """A row for the site whatever became of it; lines for what a person has to look after."""
    site = CollectedSite("apps", ending, "the site answered 403", failed={"status 500": 2}, layout=("no items",))
    section = collected_section([site], language)  # type: ignore[arg-type] # one of the two
    assert section.rows[0][0] == "apps"
    assert section.rows[0][8:] == ("2", "0")
    assert len(section.lines) == 3
    assert "apps" in to_markdown([section], language)  # type: ignore[arg-type]


def test_what_a_report_counts_is_what_the_summary_shows() -> None:
    """The summary's record has the report's fields, so that neither loses one."""
    report = CrawlReport("done", None, pages=3, new=2, changed=1, failed={"status 500": 1})
    assert asdict(CollectedSite("apps", **asdict(report))) == {"source": "apps", **asdict(report)}


@pytest.mark.parametrize(
    ("site", "problems", "rest"),
    [
        (CollectedSite("a", "done"), [], []),
        (CollectedSite("a", "budget", "the day's 10 requests are spent"), [], ["the day's 10 requests are spent"]),
        (CollectedSite("a", "captcha", "the site shows a captcha"), ["the site shows a captcha"], []),
        (CollectedSite("a", "done", failed={"status 500": 2}), ["2 pages: status 500"], []),
    ],
)
def test_a_person_is_called_only_where_one_is_needed(site: CollectedSite, problems: list[str], rest: list[str]) -> None:
    """A budget that is spent is as it should be; a captcha, pages that failed and a changed layout are not."""
    assert (problems_of(site), rest_of(site)) == (problems, rest)
    (changed,) = problems_of(CollectedSite("a", "done", layout=("9 of 9 pages 'list' have no item",)))
    assert changed.startswith("the site has probably changed its pages; check the recipe")


def test_kesheng_collect_starts_without_prefect_and_scrapy() -> None:
    """Scrapy is the crawling process's alone, and Prefect its flow's."""
    script = (
        "import sys, flows.command_collect, flows.collecting\n"
        "found = {'prefect', 'scrapy', 'twisted', 'extruct', 's3fs', 'sqlalchemy'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(found)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.prefect
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("default")
def test_the_flow_collects_side_by_side(prefect_server: str, site: LocalSite, tmp_path: Path) -> None:
    """A site and a pattern without files: the site lands, and what is wrong is told by source."""
    from flows.collect import collect  # noqa: PLC0415 - only tests with a server pay for Prefect

    config = str(settings_file(tmp_path, site, more=OTHER))
    assert collect(config=config) == {"apps": [], "exports": ["no file matches 'none.csv'"]}
    assert collect(["apps"], config=config) == {"apps": []}
    assert len(list((tmp_path / "data" / "landing").glob("*-crawl1*/manifest.json"))) == 1
