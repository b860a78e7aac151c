"""One text read, for people: clauses, incidents with their words underlined, scores, and why."""

from dataclasses import asdict, dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lexicons.codebook import Language, label_name
from models.explanation import ExplainedClause, ExplainedCue, Explainer, Explanation
from models.reader import Incident, ReviewLabels, ReviewText


@dataclass(frozen=True, slots=True)
class _Wording:
    clauses: str
    incidents: str
    labels: str
    no_failure: str
    no_cue: str
    because: str
    suppressed: dict[str, str]
    """By the codes of ``models.scope.SuppressedBy``."""


_WORDING: dict[Language, _Wording] = {
    "zh": _Wording(
        clauses="分句与依据",
        incidents="失误事件",
        labels="判读",
        no_failure="未发现失误",
        no_cue="没有命中词",
        because="因",
        suppressed={"negated": "被否定", "hypothetical": "假设", "question": "疑问"},
    ),
    "en": _Wording(
        clauses="Clauses and why",
        incidents="Incidents",
        labels="Labels",
        no_failure="no failure found",
        no_cue="no cue",
        because="because of",
        suppressed={"negated": "negated", "hypothetical": "hypothetical", "question": "question"},
    ),
}


@dataclass(frozen=True, slots=True)
class TextReading:
    """A text and what the reader says of it."""

    review: ReviewText
    explanation: Explanation


def read_text(explainer: Explainer, text: str, industry: str | None) -> TextReading:
    """Read one text, e.g. ``前台态度冷淡，等了半小时``."""
    review = ReviewText(text=text, industry=industry)
    return TextReading(review, explainer.explain(review))


def to_json(reading: TextReading) -> dict[str, object]:
    """Return a reading as JSON-able values."""
    found = reading.explanation.reading
    return {
        "text": reading.review.text,
        "labels": asdict(found.labels),
        "incidents": [asdict(incident) for incident in found.incidents],
        "mentions": [asdict(mention) for mention in found.mentions],
        "clauses": [asdict(clause) for clause in reading.explanation.clauses],
    }


def to_renderable(reading: TextReading, language: Language) -> Group:
    """Return a reading as something that a Rich console draws."""
    words = _WORDING[language]
    found = reading.explanation.reading
    parts: list[RenderableType] = [_underlined(reading.review.text, found.incidents), Text()]
    parts += [Text(words.clauses, style="bold"), *(_clause(c, language) for c in reading.explanation.clauses), Text()]
    parts.append(Text(words.incidents, style="bold"))
    parts += [_incident(i, language) for i in found.incidents] or [Text(f"  {words.no_failure}")]
    parts += [Text(), Text(words.labels, style="bold"), _labels(found.labels, language)]
    return Group(*parts)


def _underlined(text: str, incidents: list[Incident]) -> Text:
    drawn = Text(text)
    for incident in incidents:
        if incident.field == "text":
            drawn.stylize("underline bold red", incident.start, incident.end)
    return drawn


def _clause(clause: ExplainedClause, language: Language) -> Text:
    line = Text(f"  {clause.quote}  ")
    cues = [_cue(cue, language) for cue in clause.cues] or [_WORDING[language].no_cue]
    return line.append("; ".join(cues), style="dim")


def _cue(cue: ExplainedCue, language: Language) -> str:
    shown = f"“{cue.quote}” → {', '.join(_label(label, language) for label in cue.labels)}"
    if cue.suppressed_by:
        words = _WORDING[language]
        shown += f" × {words.suppressed.get(cue.suppressed_by, cue.suppressed_by)}"
        shown += f" ({words.because} “{cue.because}”)" if cue.because else ""
    elif cue.weight:
        shown += f" {cue.weight:+.1f}"
    return shown


def _label(label: str, language: Language) -> str:
    field, _, code = label.partition("=")
    if field.startswith("rater_"):
        return f"{label_name('rater', field.removeprefix('rater_'), language)} {int(code):+d}"
    field = {"failure": "failure_subtype", "reply_actions": "recovery_actions"}.get(field, field)
    try:
        return label_name(field, code, language)
    except KeyError:
        return label


def _incident(incident: Incident, language: Language) -> Text:
    name = label_name("failure_subtype", incident.failure_subtype, language)
    where = " / ".join(part for part in (incident.touchpoint, incident.aspect) if part)
    severity = label_name("severity", incident.severity, language)
    line = Text("  ").append(incident.quote, style="underline bold red")
    return line.append(f"  {name} ({incident.failure_subtype})  {where}  {severity}  {incident.confidence:.2f}")


def _labels(labels: ReviewLabels, language: Language) -> Table:
    table = Table(show_header=False, show_edge=False, box=None, padding=(0, 2))
    for name, value in asdict(labels).items():
        if value not in (None, [], False):
            table.add_row(Text(name, style="dim"), Text(_value(name, value, language)))
    return table


def _value(name: str, value: object, language: Language) -> str:
    field = {"failure_groups": "failure_group", "failure_subtypes": "failure_subtype"}.get(name, name)
    if isinstance(value, list):
        return ", ".join(f"{label_name(field, code, language)} ({code})" for code in value)
    if isinstance(value, float):
        return f"{value:.2f}"
    if name in ("severity", "expectation", "recovery_outcome", "loyalty"):
        return f"{label_name(field, str(value), language)} ({value})"
    return str(value)
