"""``kesheng lexicon``: the lists as those who keep them meet them: checked, counted, tried on a sentence."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import MARKDOWN
from rich.table import Table
from rich.text import Text

from flows.command_options import ConfigOption, IndustryOption, JsonOption, out, print_plain, settings_for

if TYPE_CHECKING:
    from lexicons.list_files import ListFacts
    from models.explanation import ExplainedCue

lexicon_app = typer.Typer(
    no_args_is_help=True, help="Check, count and try the lists that texts are read by; see CONTRIBUTING.md."
)
ListsOption = Annotated[
    Path | None,
    typer.Option("--lists", metavar="DIR", help="A folder of your own lists [default: lexicons of the settings]"),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(lexicon_app, name="lexicon")
    lexicon_app.command("check")(check)
    lexicon_app.command("stats")(stats)
    lexicon_app.command("try")(try_text)


def check(lists: ListsOption = None, config: ConfigOption = None) -> None:
    """Read every list strictly and try every example and counter-example; status 1 if one is not read as it says."""
    from lexicons.cue_rules import load_cue_book
    from models.cue_examples import ExampleTrier

    overlay = _lists(lists, config)
    book = load_cue_book(overlay)
    broken = list(ExampleTrier(book).broken())
    places = _places(overlay)
    for one in broken:
        where = places.get((one.words, one.label.partition("=")[0]), "")
        out().print(
            f"{where}: {one.words} ({one.label}): {one.text}: {one.problem}", style="red", markup=False, soft_wrap=True
        )
    examples = sum(bool(cue.example) + bool(cue.counter_example) for cue in book.cues)
    examples += sum(bool(scope.example) + bool(scope.counter_example) for scope in book.scopes)
    out().print(
        f"{len(book.cues):,} cues, {len(book.aspects):,} aspect words, {len(book.scopes):,} scope words; "
        f"{examples:,} examples tried, {len(broken)} not read as they should be",
        markup=False,
        soft_wrap=True,
    )
    if broken:
        raise typer.Exit(1)


def stats(lists: ListsOption = None, json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """Count the entries of every list, and the cues of every label."""
    from lexicons.cue_rules import load_cue_book
    from lexicons.list_files import list_facts

    overlay = _lists(lists, config)
    book = load_cue_book(overlay)
    labels = Counter(f"{cue.field}={cue.value}" for cue in book.cues)
    files = list_facts(overlay)
    if json_output:
        shown = {"lists": [fact.as_dict() for fact in files], "labels": dict(sorted(labels.items()))}
        print_plain(json.dumps(shown, ensure_ascii=False))
        return
    out().print(_file_table(files))
    table = Table("label", "cues", box=MARKDOWN)
    for label, count in sorted(labels.items()):
        table.add_row(Text(label), f"{count:,}")
    out().print(table)


def try_text(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A sentence, such as “房间一点也不吵”")],
    industry: IndustryOption = None,
    lists: ListsOption = None,
    config: ConfigOption = None,
) -> None:
    """Show which rows of which lists a sentence meets, and which words turn them."""
    from flows.readers import ReadingChoice
    from models.reader import ReviewText

    overlay = _lists(lists, config)
    explanation = ReadingChoice(lexicons=overlay).explainer.explain(ReviewText(text=text, industry=industry))
    places = _places(overlay)
    for clause in explanation.clauses:
        out().print(Text(clause.quote, style="bold"))
        for cue in clause.cues:
            out().print(_met(cue, places), soft_wrap=True)
        if not clause.cues:
            out().print("  no row of any list", style="dim")


def _met(cue: "ExplainedCue", places: dict[tuple[str, str], str]) -> Text:
    line = Text(f"  {cue.quote}  ").append(", ".join(cue.labels))
    if cue.suppressed_by:
        line.append(f"  × {cue.suppressed_by}: {cue.because}", style="yellow")
    elif cue.weight:
        line.append(f"  {cue.weight:+.1f}")
    return line.append(f"  {', '.join(_rows_of(cue, places))}", style="dim")


def _lists(lists: Path | None, config: Path | None) -> Path | None:
    return lists.resolve() if lists else settings_for(config, None).reading.lexicons


def _rows_of(cue: "ExplainedCue", places: dict[tuple[str, str], str]) -> list[str]:
    fields = [label.partition("=")[0] for label in cue.labels]
    return [places[cue.cue, field] for field in dict.fromkeys(fields) if (cue.cue, field) in places]


def _places(overlay: Path | None) -> dict[tuple[str, str], str]:
    """Where each cue and scope word stands, by words and field or kind: ``failures_core.tsv:17``."""
    from lexicons.list_files import row_places

    return row_places(overlay)


def _file_table(files: "list[ListFacts]") -> Table:
    table = Table(box=MARKDOWN)
    for name in ("list", "entries", "of your own", "with an example", "owner"):
        table.add_column(name, no_wrap=name == "list", justify="left" if name in ("list", "owner") else "right")
    for fact in files:
        table.add_row(
            Text(fact.name),
            f"{fact.entries:,}",
            f"{fact.own:,}" if fact.own else "",
            f"{fact.examples:,}" if fact.examples else "",
            Text(fact.owner),
        )
    return table
