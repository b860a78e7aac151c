"""The Monday page: one file of HTML, Chinese first, English behind a switch, whole without a script.

Nothing is loaded from anywhere, and a content security policy forbids it; customers' words are escaped as text. The one
script, of ours, adds up what a reader filters (``reports.page_filters``); the policy lets no other run.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from reports.as_of import AsOf
from reports.first_things import first_things
from reports.page_blocks import ChartBlock
from reports.page_cards import cards, scope_shown
from reports.page_filters import NOTHING, page_filters
from reports.page_scopes import ScopeGroup, scope_section
from reports.page_sections import page_sections
from reports.report_figures import Figures

TEMPLATES = Path(__file__).resolve().parent / "templates"


def page_html(figures: Figures, as_of: AsOf | None = None, groups: Sequence[ScopeGroup] = ()) -> str:
    """Return the page of a report.

    Args:
        figures: What it shows.
        as_of: The earlier day that they are of, where they are not of now; the head of the page says so.
        groups: Pages of parts of the scope that lie below the page's folder, to link to.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scope_zh, scope_en = scope_shown(figures)
    # Charts are drawn by `reports.svg_charts`, which escapes what it writes.
    sections = [
        replace(section, blocks=[_drawn(block) if isinstance(block, ChartBlock) else block for block in section.blocks])
        for section in (*page_sections(figures), *([scope_section(groups)] if groups else []))
    ]
    return environment.get_template("page.html").render(
        figures=figures,
        as_of=as_of,
        sections=sections,
        first=first_things(figures),
        cards=cards(figures),
        scope_zh=scope_zh,
        scope_en=scope_en,
        filters=page_filters(figures.cube),
        nothing=NOTHING,
        scope_link=f"#s{len(sections)}" if groups else None,
    )


def _drawn(block: ChartBlock) -> ChartBlock:
    return ChartBlock(Markup(block.svg), block.zh, block.en)  # noqa: S704 - of our own drawing, see above
