"""``kesheng run``, ``reanalyse`` and ``serve``: the night's work."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.command_options import (
    ConfigOption,
    DataOption,
    JsonOption,
    LanguageOption,
    WaitOption,
    notices,
    out,
    print_plain,
    settings_for,
)

if TYPE_CHECKING:
    from flows.night import NightOutcome
    from flows.settings import Settings
    from reports.sections import Section


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("run")(run)
    app.command("reanalyse")(reanalyse)
    app.command("serve")(serve)


def run(
    config: ConfigOption = None,
    data: DataOption = None,
    json_output: JsonOption = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Without Prefect: the same work, no server, no record of tasks")
    ] = False,
    wait: WaitOption = None,
    language: LanguageOption = None,
) -> None:
    """Do the night's work now: collect the sources, analyse what is new, publish, summarise, send the message.

    Last the tables are copied to the addresses of [publish] in the settings; a copy that fails fails no night.

    With --json the last line of standard output holds the counts by name: read, stored, updated, unchanged, duplicates,
    rejected.
    """
    from flows.messages import NightRecord, tell
    from flows.night_copies import publish_copies

    settings = settings_for(config, data, wait_seconds=wait, language=language.value if language else None)
    if plain:
        outcome = _run_plainly(settings, show=not json_output)
        result = outcome.facts()
        tell(settings, NightRecord(run_ids=outcome.run_ids, unread=outcome.failed), say=_say)
        result["copies"] = [asdict(copy) for copy in publish_copies(settings, say=_say)]
    else:
        result = _run_with_prefect(config, settings)
    _finish(settings, result, json_output=json_output)


def reanalyse(
    since: Annotated[
        str | None, typer.Option("--since", metavar="YYYY-MM", help="First month to read again [default: all]")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_output: JsonOption = False,
    wait: WaitOption = None,
    language: LanguageOption = None,
) -> None:
    """Read stored reviews again after a change of lists, model or venue master, and publish the new labels."""
    from flows.night import Night, run_reanalysis
    from flows.settings import SettingsError

    if since is not None and not _is_month(since):
        raise SettingsError(f"--since: expected a month such as 2026-01; found '{since}'")
    settings = settings_for(config, data, wait_seconds=wait, language=language.value if language else None)
    with notices().status("reading stored reviews again"):
        outcome = run_reanalysis(Night(settings, say=_say), since)
    _finish(
        settings,
        {**outcome.counts.model_dump(), "run_ids": list(outcome.run_ids), "failed": [], "waiting": []},
        json_output=json_output,
    )


def serve(
    config: ConfigOption = None,
    data: DataOption = None,
    host: Annotated[str, typer.Option("--host", help="Address of the Prefect server")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the Prefect server")] = 4200,
    cron: Annotated[
        str | None, typer.Option("--cron", help="When to run [default: schedule.cron of the settings, 30 2 * * *]")
    ] = None,
) -> None:
    """Start and watch a Prefect server and run the night on its schedule (Asia/Shanghai)."""
    _quiet_prefect()
    from flows.serving import serve as serve_flow

    settings = settings_for(config, data)
    schedule = settings.schedule.model_copy(update={"cron": cron}) if cron else settings.schedule
    serve_flow(
        config=config,
        data=settings.data,
        schedule=schedule,
        host=host,
        port=port,
        log=settings.folder.root / "prefect-server.log",
        say=_say,
    )


def _run_plainly(settings: "Settings", *, show: bool) -> "NightOutcome":
    from flows.night import Night, run_night

    slices = 0

    def reached(point: str) -> None:
        nonlocal slices
        slices += point == "slice analysed"
        status.update(f"{point} ({slices} slices analysed)" if slices else point)

    with notices().status("collecting") as status:
        return run_night(Night(settings, reached=reached if show else lambda _: None, say=_say))


def _run_with_prefect(config: Path | None, settings: "Settings") -> dict[str, object]:
    _quiet_prefect()
    from flows.nightly import nightly
    from flows.serving import check_reachable

    check_reachable()
    return nightly(
        config=str(config) if config else None,
        data=str(settings.data),
        language=settings.language,
        wait_seconds=settings.wait_seconds,
    )


def _finish(settings: "Settings", result: dict[str, object], *, json_output: bool) -> None:
    from flows.reporting import write_last_report
    from flows.summaries import write_summary
    from reports.collecting import CollectedSite
    from reports.copies import Copy

    run_ids = tuple(str(run_id) for run_id in result["run_ids"])  # type: ignore[attr-defined] # a list of texts
    copies = tuple(Copy(**copy) for copy in result.get("copies", ()))  # type: ignore[attr-defined] # a list of dicts
    sites = tuple(CollectedSite(**site) for site in result.get("sites", ()))  # type: ignore[attr-defined] # likewise
    summary = write_summary(settings, run_ids, copies=copies, sites=sites)
    page = write_last_report(settings)
    if json_output:
        print_plain(json.dumps(result, ensure_ascii=False))
    else:
        _show(settings, summary, result, page)
    if result["failed"]:
        raise typer.Exit(1)


def _show(settings: "Settings", summary: "list[Section]", result: dict[str, object], page: Path | None) -> None:
    from reports.console import to_renderable

    out().print(to_renderable(summary, settings.language))
    for problem in result["failed"]:  # type: ignore[attr-defined] # a list of texts
        notices().print(f"NOT READ: {problem}", style="red", markup=False)
    for export in result["waiting"]:  # type: ignore[attr-defined] # a list of texts
        notices().print(f"WAITING: {export}", style="yellow", markup=False)
    notices().print(f"Also written to {settings.folder.reports / 'summary.md'}", style="dim", markup=False)
    if page is not None:
        notices().print(f"The page of the week: {page}", style="dim", markup=False, soft_wrap=True)


def _say(message: str) -> None:
    notices().print(message, markup=False, style="dim", soft_wrap=True)


def _is_month(text: str) -> bool:
    year, dash, month = text.partition("-")
    return len(text) == 7 and dash == "-" and year.isdigit() and month.isdigit() and 1 <= int(month) <= 12


def _quiet_prefect() -> None:
    """Say what Prefect must know before it is imported; what the user has set stays."""
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
