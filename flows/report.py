"""The Prefect flow that writes a report by itself: any period and scope, as ``kesheng report`` does.

The night writes the last whole week's page already (``flows.nightly``); this is for months, regions, or another hour.
"""

from pathlib import Path
from typing import Literal

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.reporting import chosen_period, write_report
from flows.settings import Settings, load_settings
from reports.periods import Period
from reports.report_rows import Scope

ScopeKind = Literal["all", "source", "industry", "region", "brand", "venue"]


@task(name="write page", task_run_name="write page {period.name}", cache_policy=NO_CACHE)
def write_page(settings: Settings, period: Period, scope: Scope) -> str:
    """Write one page; the same again gives the same file."""
    return str(write_report(settings, period, scope))


@flow(name="report", flow_run_name="report {period}", validate_parameters=True)
def report(
    period: str | None = None,
    scope: ScopeKind = "all",
    value: str = "all",
    config: str | None = None,
    data: str | None = None,
) -> str | None:
    """Write the page of a period and scope.

    Args:
        period: ``2026-W46`` or ``2026-11``; the last whole week if none is given.
        scope: What is chosen by: ``region`` and so on.
        value: Which one, e.g. ``华东``.
        config: Path of ``kesheng.toml``; defaults and environment only if none is given.
        data: The data folder; wins over the settings.

    Returns:
        Where the page is; None where there is no dated review.
    """
    settings = load_settings(Path(config) if config else None, data=Path(data) if data else None)
    chosen = chosen_period(settings, period)
    if chosen is None:
        get_run_logger().warning("there is no dated review to report on")
        return None
    return write_page(settings, chosen, Scope(scope, value))
