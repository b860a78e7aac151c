"""The nightly Prefect flow: collect → resolve → analyse → publish → copy → summarise → tell.

The work is in ``flows.night``; a task here is a thin wrapper, one for each source and each slice, never one a review.
Only tasks that read or write files are tried again, and only where the operating system refused them something: a file
that is no table, or rows that are not accounted for, would fail alike each time.
"""

from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner

from flows import night as work
from flows.analysis import SliceWork, analyse_slice
from flows.analysts import analysts
from flows.collect import collect_sources, io_failed, make_night
from flows.messages import NightRecord, compose, language_of, remember, send, text_for
from flows.night_copies import publish_copies
from flows.reporting import write_last_report
from flows.settings import Settings, load_settings
from flows.summaries import write_summary
from reports.collecting import CollectedSite
from reports.copies import Copy
from reports.markdown import message_markdown
from warehouse.ledger import RunCounts

MESSAGE_KEY = "kesheng-night"
"""Of the artifact: one key, so that Prefect's page shows the messages of all nights one after the other."""
SLICES_AT_ONCE = 8
"""Tasks that wait for the processes which analyse; the processes set the speed."""


@task(name="resolve", task_run_name="resolve {run_id}", cache_policy=NO_CACHE)
def resolve(night: work.Night, run_id: str) -> int:
    """Decide what a run will change; returns the number of slices to analyse."""
    plan = work.resolve_run(night, run_id)
    get_run_logger().info("%s: %d slices to analyse", run_id, plan.slices)
    return plan.slices


@task(name="analyse", task_run_name="analyse slice {work.number}", cache_policy=NO_CACHE)
def analyse(work: SliceWork, pool: Executor | None) -> int:
    """Analyse one slice, in a process of its own where there are several; returns its rows."""
    return analyse_slice(work) if pool is None else pool.submit(analyse_slice, work).result()


@task(
    name="publish",
    task_run_name="publish {run_id}",
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_condition_fn=io_failed,
    cache_policy=NO_CACHE,
)
def publish(night: work.Night, run_id: str) -> RunCounts:
    """Write a run into the tables and the ledger."""
    return work.publish_run(night, run_id)


@task(name="copy", cache_policy=NO_CACHE)
def copy(settings: Settings) -> tuple[Copy, ...]:
    """Copy the tables to the addresses of the settings; one that fails is told of and fails no night."""
    return publish_copies(settings, say=get_run_logger().info)


@task(name="summarise", retries=1, retry_delay_seconds=5, retry_condition_fn=io_failed, cache_policy=NO_CACHE)
def summarise(
    settings: Settings,
    run_ids: tuple[str, ...],
    language: Literal["zh", "en"] | None,
    copies: tuple[Copy, ...],
    sites: tuple[CollectedSite, ...],
) -> None:
    """Write the summary, and the page of the last whole week."""
    write_summary(settings, run_ids, language, copies, sites)
    write_last_report(settings)


@task(name="tell", cache_policy=NO_CACHE)
def tell(settings: Settings, record: NightRecord) -> None:
    """Show the message of the night on Prefect's page, and send it where the settings want one."""
    log = get_run_logger()
    remember(settings, record)
    message = compose(settings, record)
    text = text_for(None, message, language_of(settings))
    try:
        create_markdown_artifact(message_markdown(text), key=MESSAGE_KEY, description=text.title)
    except Exception as error:  # noqa: BLE001 - whatever Prefect's server says, the night is done and its message goes out
        log.warning("the message is not on Prefect's page: %s", error)
    send(settings, message, say=log.info)


@flow(
    name="nightly",
    flow_run_name="nightly",
    task_runner=ThreadPoolTaskRunner(max_workers=SLICES_AT_ONCE),  # type: ignore[arg-type] # Prefect types it Never
    validate_parameters=True,
)
def nightly(
    config: str | None = None,
    data: str | None = None,
    language: Literal["zh", "en"] | None = None,
    wait_seconds: float | None = None,
) -> dict[str, object]:
    """Run the night once.

    Args:
        config: Path of ``kesheng.toml``; defaults and environment only if none is given.
        data: The data folder; wins over the settings.
        language: Language of the summary, and of the message where the settings name no other.
        wait_seconds: How long to wait for another run to end; wins over the settings.

    Returns:
        The conservation counts by name, and ``run_ids``, ``failed`` (what could not be read or fetched), ``waiting``
        (what is not finished yet), ``sites`` (how web sites were crawled) and ``copies``.
    """
    settings = load_settings(Path(config) if config else None, data=Path(data) if data else None)
    given = {"wait_seconds": wait_seconds, "language": language}
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    night = make_night(settings)
    collected = collect_sources(night)
    counts = RunCounts()
    with night.store.lock(settings.wait_seconds), analysts(settings) as pool:
        run_ids = tuple(work.begin(night))
        for run_id in run_ids:
            slices = resolve(night, run_id)
            futures = [analyse.submit(part, pool if slices > 1 else None) for part in night.slices(run_id, slices)]
            wait(futures)
            for future in futures:
                future.result()
            counts += publish(night, run_id)
    copies = copy(settings) if settings.publish.to else ()
    sites = tuple(source.site for source in collected if source.site)
    summarise(settings, run_ids, language, copies, sites)
    failed = [problem for source in collected for problem in source.failed]
    tell(settings, NightRecord(run_ids=run_ids, unread=tuple(failed)))
    get_run_logger().info("night done: %s", counts)
    return {
        **counts.model_dump(),
        "run_ids": list(run_ids),
        "failed": failed,
        "waiting": [export for source in collected for export in source.waiting],
        "sites": [asdict(site) for site in sites],
        "copies": [asdict(copy) for copy in copies],
    }
