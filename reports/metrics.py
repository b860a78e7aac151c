"""What ``trends`` measures: each metric's name and how it is told from a review, in SQL over ``measured``.

Means and shares are of reviews that are neither near-duplicates nor template praise. Where a review says nothing of
what is measured (no comparison with what was expected, no word on coming back), it does not count: ``n`` is of those
that do.

| metric | 1 or high | 0 or low |
|---|---|---|
| ``index`` | (satisfaction − 1) · 25: 100 for all delighted | 0 for all very dissatisfied |
| ``platform_index`` | the same of the platform's own score | |
| ``severity_per_100`` | severities of all incidents, per 100 reviews | |
| ``expectation_balance`` | 1 exceeded, 0 met | −1 below |
| ``retention_balance`` | 1 stay or recommend | −1 leave |
| ``recommendation_balance`` | 1 recommend | −1 warns others |
| ``rater.…`` | 1 praised, 0 both | −1 criticised |
| ``recovered_share`` | of failures with a told reaction: the guest took it well, wholly or in part | not |
| ``recovery_tried_share`` | of failures after which a reaction or a plea is told: something was done | nothing was |
"""

from functools import cache

from lexicons.codebook import codes

KINDS = ("review", "complaint", "ticket", "message")
COUNTS = {
    **{f"{kind}s": f"kind = '{kind}'" for kind in KINDS},
    "template_praise": "kind = 'review' AND template_praise",
}


@cache
def means() -> dict[str, str]:
    """Return the figures that are averaged: metric → how it is told from a review."""
    return {
        "satisfaction": "satisfaction",
        "rating": "rating",
        "sentiment": "sentiment",
        "index": "(satisfaction - 1) * 25",
        "platform_index": "(rating - 1) * 25",
        "severity_per_100": "CASE WHEN severity IS NOT NULL THEN coalesce(incident_severity, 0) * 100 END",
        "expectation_balance": "CASE expectation WHEN 'exceeded' THEN 1 WHEN 'met' THEN 0 WHEN 'below' THEN -1 END",
        "retention_balance": "CASE loyalty WHEN 'stay' THEN 1 WHEN 'recommend' THEN 1 WHEN 'leave' THEN -1 END",
        "recommendation_balance": (
            "CASE WHEN list_contains(voice, 'public') THEN -1 WHEN loyalty = 'recommend' THEN 1 END"
        ),
        **{f"rater.{code}": f"rater_{code}" for code in codes("rater")},
    }


@cache
def shares() -> dict[str, str]:
    """Return the figures that hold or do not hold of a review: metric → the test."""
    return {
        "positive_share": "CASE WHEN sentiment IS NOT NULL THEN sentiment > 0 END",
        "negative_share": "CASE WHEN sentiment IS NOT NULL THEN sentiment < 0 END",
        "failure_share": "CASE WHEN severity IS NOT NULL THEN len(failure_subtypes) > 0 END",
        "serious_share": "severity >= 2",
        "critical_share": "severity = 3",
        "recovery_tried_share": (
            "CASE WHEN len(failure_subtypes) > 0 AND len(recovery_actions) > 0 "
            "THEN NOT list_contains(recovery_actions, 'none') END"
        ),
        "recovered_share": (
            "CASE WHEN recovery_outcome IN ('satisfied', 'partial', 'dissatisfied') "
            "THEN recovery_outcome <> 'dissatisfied' END"
        ),
        "double_deviation_share": "recovery_outcome = 'dissatisfied'",
        "needs_review_share": "needs_review",
        "rating_mismatch_share": "rating_mismatch",
        **{f"failure.{code}": _has("failure_groups", code) for code in codes("failure_group")},
        **{f"failure.{code}": _has("failure_subtypes", code) for code in codes("failure_subtype")},
        **{f"fairness.{code}": _has("fairness", code) for code in codes("fairness")},
        **{f"voice.{code}": _has("voice", code) for code in codes("voice")},
        **{f"driver.{code}": _has("drivers", code) for code in codes("drivers")},
    }


def _has(column: str, code: str) -> str:
    return f"CASE WHEN severity IS NOT NULL THEN list_contains({column}, '{code}') END"
