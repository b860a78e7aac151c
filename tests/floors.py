"""The scores on the sample below which a change may not fall: ``make floors`` pins those of today in ``floors.json``.

Each floor stands with its standard error; the gate (``test_floors.py``) fails where a score falls more than two of
them below its floor. Pinning refuses to lower a floor by as much, unless it is told that the labels have changed.
"""

import hashlib
import json
import sys
from pathlib import Path

from flows.readers import load_model_reader
from models.annotations import read_annotations
from models.cue_reader import load_cue_reader
from models.evaluation import Evaluation, evaluate
from models.model_folder import SHIPPED
from models.scores import Interval

ROOT = Path(__file__).resolve().parents[1]
LABELS = ROOT / "data" / "sample" / "labels.jsonl"
FLOORS = ROOT / "tests" / "floors.json"
FEWEST = 20
"""Cases below which a sub-type has no floor of its own."""
_WIDTH_IN_ERRORS = 2 * 1.959964


def measure() -> dict[str, dict[str, float]]:
    """Return today's scores on the sample, as name → value and standard error: of cues, and of the shipped model."""
    annotations = read_annotations(LABELS)
    cues = _scores(evaluate(load_cue_reader(), annotations))
    model = _scores(evaluate(load_model_reader(SHIPPED, None), annotations))
    scores = cues + [(f"model: {name}", score) for name, score in model]
    return {name: {"value": round(score.value, 4), "error": round(_error(score), 4)} for name, score in scores}


def labels_digest() -> str:
    """Return the SHA-256 of the labels that the floors were measured on."""
    return hashlib.sha256(LABELS.read_bytes()).hexdigest()


def fallen(floors: dict[str, dict[str, float]], today: dict[str, dict[str, float]]) -> list[str]:
    """Return what lies more than two standard errors below its floor, or is not measured any more."""
    problems = []
    for name, floor in floors.items():
        value = today.get(name, {}).get("value")
        lowest = floor["value"] - 2 * floor["error"]
        if value is None or value < lowest:
            problems.append(
                f"{name}: expected at least {lowest:.4f} ({floor['value']:.4f} less two errors); got {value}"
            )
    return problems


def read_floors() -> tuple[str, dict[str, dict[str, float]]]:
    """Return the digest of the labels and the floors."""
    pinned = json.loads(FLOORS.read_text("utf-8"))
    return pinned["labels_sha256"], pinned["floors"]


def main() -> int:
    """Pin today's scores; refuse to lower a floor unless ``--labels-changed`` is given."""
    today = measure()
    if FLOORS.exists() and "--labels-changed" not in sys.argv:
        problems = fallen(read_floors()[1], today)
        if problems:
            sys.stderr.write("\n".join(problems) + "\nThe floors stay. Mend the loss, or give --labels-changed.\n")
            return 1
    pinned = {"labels_sha256": labels_digest(), "floors": today}
    FLOORS.write_text(json.dumps(pinned, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _scores(measured: Evaluation) -> list[tuple[str, Interval]]:
    scores = [("sub-types", measured.all_subtypes.f1), ("groups", measured.all_groups.f1)]
    return scores + [(score.label, score.f1) for score in measured.subtypes if score.positives >= FEWEST]


def _error(score: Interval) -> float:
    return (score.high - score.low) / _WIDTH_IN_ERRORS


if __name__ == "__main__":
    sys.exit(main())
