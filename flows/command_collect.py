"""``kesheng collect``: what the sources have is landed, and nothing else is done."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from flows.command_options import ConfigOption, DataOption, JsonOption, notices, out, print_plain, settings_for

if TYPE_CHECKING:
    from flows.collecting import CollectedSource
    from flows.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("collect")(collect)


def collect(
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="NAME", help="One of the settings' sources; may be repeated")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_output: JsonOption = False,
) -> None:
    """Land what the sources have, web sites included; the next `kesheng run` reads it.

    Ends with status 1 where something could not be read or fetched; what came has landed nevertheless.
    """
    from flows.collecting import collect_sources

    settings = settings_for(config, data)
    if not settings.sources:
        notices().print("The settings name no source; --config names the settings file", style="yellow")
    with notices().status("collecting"):
        collected = collect_sources(settings, tuple(source or ()), reached=lambda _: None, say=_say)
    if json_output:
        print_plain(json.dumps({one.name: _plain(one) for one in collected}, ensure_ascii=False))
    else:
        _show(settings, collected)
    if any(one.failed for one in collected):
        raise typer.Exit(1)


def _show(settings: "Settings", collected: "tuple[CollectedSource, ...]") -> None:
    from reports.collecting import collected_section
    from reports.console import to_renderable

    sites = tuple(one.site for one in collected if one.site)
    if sites:
        out().print(to_renderable([collected_section(sites, settings.language)], settings.language))
    for one in collected:
        if one.site is None:
            landed = sum(manifest.landed for manifest in one.landed)
            out().print(f"{one.name}: {len(one.landed)} files, {landed} rows landed; {one.known} known", markup=False)


def _plain(one: "CollectedSource") -> dict[str, object]:
    from dataclasses import asdict

    return {
        "files": len(one.landed),
        "landed": sum(manifest.landed for manifest in one.landed),
        "rejected": sum(manifest.rejected for manifest in one.landed),
        "known": one.known,
        "failed": list(one.failed),
        "waiting": list(one.waiting),
        "site": asdict(one.site) if one.site else None,
    }


def _say(message: str) -> None:
    notices().print(message, markup=False, style="dim", soft_wrap=True)
