"""The Prefect flow that lets weights learn what people have put right: ``kesheng refine`` on a schedule of one's own.

The work is in ``flows.training``; what was learnt reads nothing until `kesheng model use` chooses it.
"""

from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.settings import Settings, load_settings
from flows.training import refine_version
from models.model_folder import RefiningError


@task(name="refine", task_run_name="refine {version}", cache_policy=NO_CACHE)
def refine(settings: Settings, version: str, begin_with: str) -> dict[str, object]:
    """Refine weights, or say why they stay as they are: too little to learn is no failure of a schedule."""
    log = get_run_logger()
    try:
        refined = refine_version(settings, version, begin_with, [], log.info)
    except RefiningError as reason:
        log.warning("nothing was learnt: %s", reason)
        return {"version": None, "reason": str(reason)}
    return {"version": version, "texts": refined.texts, "before": refined.before, "after": refined.after}


@flow(name="learning", flow_run_name="learning {version}", validate_parameters=True)
def learning(
    version: str, begin_with: str = "shipped", config: str | None = None, data: str | None = None
) -> dict[str, object]:
    """Learn the warehouse's corrections on top of some weights.

    Args:
        version: Name of the new weights, e.g. ``ours-2026.12``.
        begin_with: The weights to begin with, as in `kesheng model list`.
        config: Path of ``kesheng.toml``; defaults and environment only if none is given.
        data: The data folder; wins over the settings.

    Returns:
        ``version``, ``texts``, and the sub-types' micro-F1 ``before`` and ``after`` on reviews that were not learnt;
        ``version`` None and ``reason`` where nothing was learnt.
    """
    settings = load_settings(Path(config) if config else None, data=Path(data) if data else None)
    return refine(settings, version, begin_with)
