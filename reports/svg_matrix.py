"""A matrix of four quadrants as SVG text, drawn small so that its labels can be read on a phone of 360 pixels.

What lies in the quadrant that matters is drawn as a square, everything else as a circle, and each quadrant bears its
name: nothing is told by colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reports.svg_charts import BLUE, GREY, ORANGE

WIDTH, HEIGHT = 420, 380
"""At 360 pixels a label of 15 units is still 12 pixels high."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 12, 12, 36
_SIZE, _SMALL = 15, 13
_WIDE, _NARROW = 15.0, 8.5
"""Of a Chinese and of a Latin character."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class MatrixPoint:
    """One thing in the matrix."""

    label: str
    x: float
    y: float
    is_marked: bool
    """Drawn as a square."""


@dataclass(frozen=True, slots=True)
class Quadrants:
    """Where the lines run, and what the quadrants and axes are called."""

    x: float
    y: float
    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    x_name: str
    y_name: str


def matrix_chart(points: Sequence[MatrixPoint], quadrants: Quadrants, title: str) -> str:
    """Return the points among four named quadrants; nothing for no points."""
    if not points:
        return ""
    x_low, x_high = _reach([p.x for p in points], quadrants.x)
    y_low, y_high = _reach([p.y for p in points], quadrants.y)

    def x(value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (value - x_low) / (x_high - x_low)

    def y(value: float) -> float:
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (y_high - value) / (y_high - y_low)

    places = [(x(point.x), y(point.y)) for point in points]
    parts = _frame(x(quadrants.x), y(quadrants.y), quadrants)
    taken: list[Box] = [*_corners(quadrants).values(), *((px - 6, py - 6, px + 6, py + 6) for px, py in places)]
    for point, (px, py) in zip(points, places, strict=True):
        parts.append(_mark(px, py, point))
        box = _free(px, py, point.label, taken)
        taken.append(box)
        parts.append(_text(box[0], box[3] - 3, point.label, _SIZE))
    style = f'style="max-width:{WIDTH * 1.25:.0f}px;display:block"'
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" {style} role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _reach(values: Sequence[float], line: float) -> tuple[float, float]:
    """Return the ends of an axis: room on both sides of the line, and a margin."""
    low, high = min(*values, line), max(*values, line)
    margin = (high - low) * 0.14 or 0.1
    return low - margin, high + margin


def _frame(x: float, y: float, quadrants: Quadrants) -> list[str]:
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    names = {name: box for name, box in _corners(quadrants).items() if name}
    return [
        f'<rect x="{_LEFT}" y="{_TOP}" width="{right - _LEFT}" height="{bottom - _TOP}" fill="none" stroke="{GREY}"/>',
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}" stroke="{GREY}" stroke-dasharray="5 4"/>',
        f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GREY}" stroke-dasharray="5 4"/>',
        *(_text(box[0], box[3] - 3, name, _SMALL, soft=True) for name, box in names.items()),
        _text((_LEFT + right - _width(quadrants.x_name)) / 2, HEIGHT - 12, quadrants.x_name, _SMALL, soft=True),
        _upright(18, (_TOP + bottom + _width(quadrants.y_name)) / 2, quadrants.y_name),
    ]


def _corners(quadrants: Quadrants) -> dict[str, Box]:
    """Return where the names of the quadrants stand."""
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    boxes: dict[str, Box] = {}
    for name, is_left, is_top in (
        (quadrants.top_left, True, True),
        (quadrants.top_right, False, True),
        (quadrants.bottom_left, True, False),
        (quadrants.bottom_right, False, False),
    ):
        left = _LEFT + 6 if is_left else right - 6 - _width(name)
        top = _TOP + 4 if is_top else bottom - 24
        boxes[name] = (left, top, left + _width(name), top + 18)
    return boxes


def _free(x: float, y: float, label: str, taken: Sequence[Box]) -> Box:
    """Return the place of a label that covers the least of what is drawn: beside its point, above or below it."""
    width, height = _width(label), _SIZE + 3.0
    beside, above, below = y - height / 2, y - height - 6, y + 6
    corners = [
        (x + 9, beside),
        (x - 9 - width, beside),
        *((left, top) for top in (above, below) for left in (x - width / 2, x + 4, x - width - 4)),
    ]
    boxes = [(left, top, left + width, top + height) for left, top in corners]
    inside = [
        box
        for box in boxes
        if box[0] > _LEFT and box[2] < WIDTH - _RIGHT and box[1] > _TOP and box[3] < HEIGHT - _BOTTOM
    ]
    return min(inside or boxes, key=lambda box: sum(_shared(box, other) for other in taken))


def _shared(one: Box, other: Box) -> float:
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _width(text: str) -> float:
    return sum(_NARROW if character.isascii() else _WIDE for character in text)


def _text(x: float, y: float, text: str, size: int, *, soft: bool = False) -> str:
    # The page's own rule for text in charts is for wider ones; a style of the element goes before it.
    colour = ";fill:#595959" if soft else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" style="font-size:{size}px{colour}">{escape(text)}</text>'


def _upright(x: float, y: float, text: str) -> str:
    return f'<g transform="translate({x} {y:.1f}) rotate(-90)">{_text(0, 0, text, _SMALL, soft=True)}</g>'


def _mark(x: float, y: float, point: MatrixPoint) -> str:
    said = f"<title>{escape(point.label)}</title>"
    if point.is_marked:
        return f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{ORANGE}">{said}</rect>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{BLUE}">{said}</circle>'
