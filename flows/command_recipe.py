"""``kesheng recipe``: recipes for web sites checked, tried and drafted, and what became of the pages of a crawl.

No site is asked by any of them.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.command_options import ConfigOption, DataOption, JsonOption, out, print_plain, settings_for

if TYPE_CHECKING:
    from sources.web.recipe import Recipe
    from sources.web.recipe_trial import PageTrial

recipe_app = typer.Typer(
    no_args_is_help=True, help="Check, try and draft recipes for web sites; see docs/collecting.md first."
)
_SHOWN_LINKS = 5
_BROUGHT = ("items", "new", "changed", "duplicates", "rejected")
_LEDGER = ("page", "address", "state", "status", "reason", "asked", "done_at", *_BROUGHT)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(recipe_app, name="recipe")
    recipe_app.command("check")(check)
    recipe_app.command("new")(new)
    recipe_app.command("pages")(pages)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The recipe")],
    page: Annotated[Path | None, typer.Option("--page", metavar="HTML", help="A saved page to try it on")] = None,
    kind: Annotated[str | None, typer.Option("--as", metavar="KIND", help="Which kind of page it is")] = None,
    address: Annotated[str | None, typer.Option("--address", help="Where the page was")] = None,
    shown: Annotated[int, typer.Option("--rows", min=0, help="How many reviews to show")] = 3,
    json_output: JsonOption = False,
) -> None:
    """Read a recipe strictly, and show what it takes from a saved page; status 1 if that is nothing, or not whole."""
    from datetime import datetime

    from sources.dates import SHANGHAI
    from sources.masking import MaskingSettings
    from sources.web.recipe_file import read_recipe
    from sources.web.recipe_trial import try_page

    recipe = read_recipe(file)
    if page is None:
        _tell(recipe, file)
        return
    saved_at = datetime.fromtimestamp(page.stat().st_mtime, SHANGHAI)
    trial = try_page(recipe, page, page=kind, address=address, now=saved_at, masking=MaskingSettings())
    if json_output:
        print_plain(json.dumps(_plain(trial), ensure_ascii=False))
    else:
        _show(trial, shown)
    wants_items = recipe.pages[trial.page].items is not None
    if trial.rejects or (wants_items and not trial.reviews) or not (trial.reviews or trial.links):
        raise typer.Exit(1)


def new(
    page: Annotated[Path, typer.Option("--page", metavar="HTML", help="A saved page with reviews")],
    address: Annotated[str, typer.Option("--address", help="Where the page was")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where to write it [default: show it]")
    ] = None,
) -> None:
    """Draft a recipe from a saved page that marks its reviews up as schema.org/Review."""
    from sources.web.recipe_draft import draft_recipe
    from sources.web.recipe_file import RecipeError

    text = draft_recipe(page, address)
    if to is None:
        print_plain(text)
        return
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RecipeError(f"{to} exists already; name another file with --to") from error
    out().print(f"Written to {to}. Next: kesheng recipe check {to} --page {page}", markup=False, soft_wrap=True)


def pages(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Its name in the settings")],
    back: Annotated[int, typer.Option("--back", min=0, max=9, help="How many crawls back; 0 is the last")] = 0,
    config: ConfigOption = None,
    data: DataOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show every page of a source's crawl: whether it came, how often it was asked for, what it brought, or why not."""
    from sources.web.crawling import frontier_path
    from sources.web.frontier import Frontier
    from sources.web.recipe_file import RecipeError

    path = frontier_path(settings_for(config, data).folder.landing, source)
    if not path.exists():
        raise RecipeError(f"expected a source that was crawled, found no record of '{source}' at {path}")
    with Frontier(path) as frontier:
        crawls = frontier.last(back + 1)
        if len(crawls) <= back:
            raise RecipeError(f"{source}: expected more than {back} crawls, found {len(crawls)}")
        rows = frontier.pages(crawls[back].crawl)
    if json_output:
        for row in rows:
            print_plain(json.dumps({name: row[name] for name in _LEDGER}, ensure_ascii=False))
        return
    _show_pages(rows)


def _show_pages(rows: "list[dict[str, object]]") -> None:
    from reports.terminal_text import terminal_text

    # A line a page: addresses are too long for the columns of a table.
    for row in rows:
        brought = ", ".join(f"{row[name]} {name}" for name in _BROUGHT if row[name])
        told = brought or row["reason"] or ""
        out().print(
            terminal_text(f"{row['state']:8} {row['status'] or '':>3}  {row['address']}  {told}"), soft_wrap=True
        )


def _tell(recipe: "Recipe", file: Path) -> None:
    from datetime import datetime

    from sources.dates import SHANGHAI
    from sources.web.recipe_file import start_addresses

    starts = list(start_addresses(recipe, file.parent, datetime.now(SHANGHAI).date()))
    manners = recipe.manners
    lines = [
        f"{recipe.title}: read without a mistake",
        f"hosts: {', '.join(recipe.hosts)}",
        f"begins at {'; '.join(address for _, address, _ in starts[:_SHOWN_LINKS])}",
        f"start addresses: {len(starts)}",
        f"kinds of page: {', '.join(recipe.pages)}",
        f"at least {manners.delay_seconds:g} s between requests, at most {manners.daily_requests} a day",
    ]
    if recipe.owned:
        lines.append(f"robots.txt is not asked for: {recipe.owned.reason}")
    for line in lines:
        out().print(line, markup=False, soft_wrap=True)


def _show(trial: "PageTrial", shown: int) -> None:
    from rich.box import MARKDOWN
    from rich.table import Table

    from reports.terminal_text import terminal_text

    out().print(f"Read as '{trial.page}': {trial.items} items, {len(trial.rejects)} of them rejected", markup=False)
    if trial.filled:
        table = Table("field", "items", box=MARKDOWN)
        for name, count in trial.filled.items():
            table.add_row(terminal_text(name), f"{count}")
        out().print(table)
    for number, review in enumerate(trial.reviews[:shown], start=1):
        out().print(f"{number}.", markup=False)
        for name, text in review.items():
            out().print(terminal_text(f"   {name}: {text}"), soft_wrap=True)
    for problem in trial.rejects[:shown]:
        out().print(terminal_text(problem, style="red"), soft_wrap=True)
    for link in trial.links[:_SHOWN_LINKS]:
        out().print(terminal_text(f"→ {link.page}: {link.address}"), soft_wrap=True)
    if len(trial.links) > _SHOWN_LINKS:
        out().print(f"→ and {len(trial.links) - _SHOWN_LINKS} more", markup=False)
    out().print(terminal_text(f"next page: {trial.next.address if trial.next else 'none'}"), soft_wrap=True)


def _plain(trial: "PageTrial") -> dict[str, object]:
    return {
        "page": trial.page,
        "items": trial.items,
        "filled": dict(trial.filled),
        "reviews": [dict(review) for review in trial.reviews],
        "rejects": list(trial.rejects),
        "links": [{"page": link.page, "address": link.address} for link in trial.links],
        "next": trial.next.address if trial.next else None,
    }
