"""The Prefect flow that collects by itself: sources land side by side, and none stops another.

The night (``flows.nightly``) begins with the same tasks; by itself this is for sites that are asked at other hours.
"""

from pathlib import Path
from typing import Any

from prefect import Task, flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from flows import collecting
from flows import night as work
from flows.collecting import SOURCES_AT_ONCE, CollectedSource, chosen_sources
from flows.identity import identity_key
from flows.settings import Settings, load_settings
from flows.source_settings import SourceSettings


class FilesRefusedError(OSError):
    """The operating system refused files of a source; ``collected`` is what the source brought nevertheless."""

    def __init__(self, collected: CollectedSource) -> None:
        super().__init__("; ".join(collected.failed))
        self.collected = collected


def make_night(settings: Settings) -> work.Night:
    """Return what the steps share, speaking to the log of the flow run."""
    return work.Night(settings, say=get_run_logger().info)


def io_failed(_: Task[..., Any], __: TaskRun, state: State) -> bool:
    """Return whether a task may be tried again: the operating system or a server refused it something."""
    return isinstance(state.result(raise_on_failure=False), OSError)


@task(
    name="collect",
    task_run_name="collect {source.name}",
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_condition_fn=io_failed,
    cache_policy=NO_CACHE,
)
def collect_source(night: work.Night, source: SourceSettings) -> CollectedSource:
    """Land what one source has.

    Raises:
        FilesRefusedError: The operating system refused some of it; the rest has landed.
    """
    collected = collecting.collect(night.settings, source, reached=night.reached, say=night.say)
    if collected.refusal:
        raise FilesRefusedError(collected) from collected.refusal
    return collected


def collect_sources(night: work.Night, names: tuple[str, ...] = ()) -> list[CollectedSource]:
    """Land what the sources have, side by side; to be called within a flow.

    Args:
        night: What the steps share.
        names: Which sources; all of them if none is named.
    """
    # Made before the sources land side by side: on the first night one would read it while another writes it.
    identity_key(night.settings)
    sources = chosen_sources(night.settings, names)
    return [_collected(future) for future in collect_source.map([night] * len(sources), list(sources))]


def _collected(future: PrefectFuture[CollectedSource]) -> CollectedSource:
    """Return what a source brought; files refused at the last try too are named in it and stop no other source."""
    try:
        return future.result()
    except FilesRefusedError as error:
        return error.collected


@flow(
    name="collect",
    flow_run_name="collect",
    task_runner=ThreadPoolTaskRunner(max_workers=SOURCES_AT_ONCE),  # type: ignore[arg-type] # Prefect types it Never
    validate_parameters=True,
)
def collect(
    sources: list[str] | None = None, config: str | None = None, data: str | None = None
) -> dict[str, list[str]]:
    """Land what the sources have; the next night reads it.

    Args:
        sources: Names of sources; all of them if none is given.
        config: Path of ``kesheng.toml``; defaults and environment only if none is given.
        data: The data folder; wins over the settings.

    Returns:
        Source → what went wrong with it; sources without trouble have an empty list.
    """
    settings = load_settings(Path(config) if config else None, data=Path(data) if data else None)
    collected = collect_sources(make_night(settings), tuple(sources or ()))
    return {source.name: list(source.failed) for source in collected}
