"""Charts as SVG text: drawn by the server, so that a page needs no script and prints as it is shown.

Colours are those of Okabe & Ito (2008), told apart by people who see colours otherwise; nothing is told by colour
alone: signals are drawn as squares, and a table with the same figures stands under every chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 28
_MOST_LABELS, _CHARACTER = 9, 7.5
"""Under a line, and the width of a digit of them."""
_NAMES = 232
"""Where the names of bars end: the longest English one is 40 characters."""
BLUE, ORANGE, GREY, GREEN = "#0072B2", "#D55E00", "#767676", "#009E73"


Words = str | tuple[str, str]
"""As they are, or in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Point:
    """One week of a chart."""

    label: str
    value: float
    lower: float | None = None
    upper: float | None = None
    is_signal: bool = False


def line_chart(
    points: Sequence[Point], centre: float | None, title: str, *, percent: bool = False, decimals: int = 2
) -> str:
    """Return values in the order of time as a line, with the centre line and the limits where there are any."""
    if not points:
        return ""
    bounds = [v for p in points for v in (p.value, p.lower, p.upper) if v is not None]
    low, high = min(bounds), max(bounds)
    margin = (high - low) * 0.08 or 0.1
    low, high = low - margin, high + margin

    def x(place: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (place + 0.5) / len(points)

    def y(value: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (high - value) / (high - low)

    parts = [
        _axis_label(4, y(v), f"{v:.0%}" if percent else f"{v:.{decimals}f}") for v in (low + margin, high - margin)
    ]
    if centre is not None:
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(centre):.1f}" y2="{y(centre):.1f}" stroke="{GREY}"/>'
        )
    for side in ("lower", "upper"):
        limits = [(x(n), y(v)) for n, p in enumerate(points) if (v := getattr(p, side)) is not None]
        parts.append(_path(limits, GREY, dashed=True))
    parts.append(_path([(x(n), y(p.value)) for n, p in enumerate(points)], BLUE))
    for place, point in enumerate(points):
        parts.append(_mark(x(place), y(point.value), point))
    step = -(-len(points) // _MOST_LABELS)
    parts += [
        _axis_label(min(x(n) - 14, WIDTH - _CHARACTER * len(p.label)), HEIGHT - 8, p.label)
        for n, p in enumerate(points)
        if n % step == 0
    ]
    return _svg(title, parts, HEIGHT)


def bar_chart(rows: Sequence[tuple[Words, float, Words]], title: str) -> str:
    """Return horizontal bars: name, length, and the text at its end; a page shows the language that it is read in."""
    if not rows:
        return ""
    longest = max(value for _, value, _ in rows) or 1
    parts = []
    for place, (name, value, shown) in enumerate(rows):
        top = _TOP + place * 24
        length = (WIDTH - _NAMES - 140) * value / longest
        parts.append(_words(name, f'x="{_NAMES}" y="{top + 13}" text-anchor="end"'))
        parts.append(f'<rect x="{_NAMES + 8}" y="{top}" width="{length:.1f}" height="17" fill="{BLUE}"/>')
        parts.append(_words(shown, f'x="{_NAMES + 14 + length:.1f}" y="{top + 13}"'))
    return _svg(title, parts, _TOP * 2 + 24 * len(rows))


def _svg(title: str, parts: Sequence[str], height: int) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _words(words: Words, place: str) -> str:
    if isinstance(words, str):
        return f"<text {place}>{escape(words)}</text>"
    return "".join(
        f'<text {place} lang="{language}">{escape(text)}</text>'
        for language, text in zip(("zh", "en"), words, strict=True)
    )


def _axis_label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="axis">{escape(text)}</text>'


def _path(places: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    if not places:
        return ""
    steps = " ".join(f"{'M' if n == 0 else 'L'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(places))
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="{steps}" fill="none" stroke="{colour}" stroke-width="{1 if dashed else 2}"{dash}/>'


def _mark(x: float, y: float, point: Point) -> str:
    said = f"<title>{escape(point.label)}: {point.value:.2f}</title>"
    if point.is_signal:
        return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{ORANGE}">{said}</rect>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{BLUE}">{said}</circle>'
