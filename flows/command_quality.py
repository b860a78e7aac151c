"""``kesheng evaluate``: how well texts are read, measured against labels."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.command_options import ConfigOption, JsonOption, notices, out, print_plain, settings_for

if TYPE_CHECKING:
    from models.quality_document import QualityReport

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_LABELS = ROOT / "data" / "sample" / "labels.jsonl"
QUALITY_DOCUMENT = ROOT / "docs" / "quality.md"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("evaluate")(evaluate)


def evaluate(
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="FILE", help="Labelled reviews [default: data/sample/labels.jsonl]"),
    ] = None,
    sentiment: Annotated[
        list[Path] | None,
        typer.Option("--sentiment", metavar="FILE", help="A sentiment set: CSV with label and review; may be repeated"),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare/--no-compare", help="Let other systems read the texts")] = True,
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Markdown to write [default: docs/quality.md]")
    ] = None,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Measure how well texts are read, against reviews that people have labelled, and write docs/quality.md.

    With labels or lists of your own give --out, so that the document of the shipped lists stays.
    """
    from flows.evaluation import evaluate_quality
    from models.quality_document import quality_markdown

    settings = settings_for(config, None)
    own = labels is not None or settings.lexicons is not None
    path = out_file or (Path("quality.md") if own else QUALITY_DOCUMENT)
    with notices().status("reading") as status:
        report = evaluate_quality(
            labels or SAMPLE_LABELS, sentiment or [], settings.reading, compare=compare, say=status.update
        )
    path.write_text(quality_markdown(report), "utf-8")
    if json_output:
        print_plain(json.dumps(_headlines(report), ensure_ascii=False))
    else:
        _show(report)
        notices().print(f"Written to {path}", style="dim", markup=False)


def _headlines(report: "QualityReport") -> dict[str, object]:
    evaluation = report.evaluation
    return {
        "reviews": evaluation.n,
        "subtypes_f1": evaluation.all_subtypes.f1.value,
        "groups_f1": evaluation.all_groups.f1.value,
        "quote_f1": evaluation.quote_f1,
        "calibration_error": evaluation.calibration,
        "kappa": {score.field: score.kappa for score in evaluation.fields},
        "sentiment": [
            {"set": s.domain, "system": s.system, "n": s.n, "accuracy": s.accuracy.value} for s in report.sentiment
        ],
    }


def _show(report: "QualityReport") -> None:
    from rich.box import MARKDOWN
    from rich.table import Table

    evaluation = report.evaluation
    table = Table("measure", "n", "value", "95 %", box=MARKDOWN)
    for name, score in (("sub-types, micro-F1", evaluation.all_subtypes), ("groups, micro-F1", evaluation.all_groups)):
        table.add_row(name, str(score.positives), f"{score.f1.value:.3f}", f"{score.f1.low:.3f} to {score.f1.high:.3f}")
    table.add_row("quotes, character F1", str(evaluation.quotes), f"{evaluation.quote_f1:.3f}", "")
    table.add_row("confidence, calibration error", str(evaluation.incidents), f"{evaluation.calibration:.3f}", "")
    for one in report.sentiment:
        accuracy = one.accuracy
        name = f"sentiment {one.domain}, {one.system}"
        table.add_row(name, str(one.n), f"{accuracy.value:.3f}", f"{accuracy.low:.3f} to {accuracy.high:.3f}")
    out().print(table)
