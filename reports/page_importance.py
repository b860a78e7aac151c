"""The importance-performance matrices on the Monday page: what to improve first, and what to keep."""

from lexicons.codebook import label_name
from lexicons.english_names import english_name
from reports.importance_matrix import FEWEST_JUDGED, FEWEST_THINGS, Matrix, Placed
from reports.page_blocks import ChartBlock, Pair, TableBlock, TableRow, TextBlock, interval, number
from reports.report_figures import Figures
from reports.svg_matrix import MatrixPoint, Quadrants, matrix_chart

QUADRANTS: dict[str, Pair] = {
    "improve": ("优先改进", "improve first"),
    "keep": ("继续保持", "keep up"),
    "later": ("次要改进", "improve later"),
    "overdone": ("可能投入过多", "possibly overdone"),
}
CLOSE: Pair = ("（临界）", " (close)")


def importance(figures: Figures) -> list[TextBlock | ChartBlock | TableBlock]:
    """Return a matrix and its table for the touchpoints and for the five dimensions."""
    return [
        *_blocks(figures.touchpoint_matrix, ("服务触点", "touchpoints")),
        *_blocks(figures.dimension_matrix, ("服务质量五维", "RATER")),
    ]


def shown_name(thing: Placed, *, of_dimension: bool) -> Pair:
    """Return the name to show: 前台 (Front desk), or 响应性 for ``responsiveness``."""
    if not of_dimension:
        return thing.name, english_name(thing.name)
    return label_name("rater", thing.name, "zh").partition("(")[0], label_name("rater", thing.name, "en")


def _blocks(matrix: Matrix | None, what: Pair) -> list[TextBlock | ChartBlock | TableBlock]:
    if matrix is None:
        return [
            TextBlock(
                f"{what[0]}的重要性与表现：样本不足（至少 {FEWEST_THINGS} 项各有 {FEWEST_JUDGED} 条评价才作图）。",
                f"Importance and performance of {what[1]}: too few (at least {FEWEST_THINGS} with {FEWEST_JUDGED} "
                "reviews each).",
            )
        ]
    of_dimension = what[1] == "RATER"
    names = {thing.name: shown_name(thing, of_dimension=of_dimension) for thing in matrix.placed}
    first = [
        names[thing.name]
        for thing in matrix.placed
        if matrix.quadrant(thing) == "improve" and not matrix.is_close(thing)
    ]
    said = f"优先改进：{'、'.join(chinese for chinese, _ in first)}。" if first else "没有明确落在“优先改进”的。"
    said_en = (
        f"Improve first: {', '.join(english for _, english in first)}."
        if first
        else "None lies clearly in 'improve first'."
    )
    return [
        TextBlock(f"{what[0]}：{said}", f"{what[1]}: {said_en}", warn=bool(first)),
        _chart(matrix, names, what),
        _table(matrix, names, what),
    ]


def _chart(matrix: Matrix, names: dict[str, Pair], what: Pair) -> ChartBlock:
    points = [
        MatrixPoint(names[thing.name][0], thing.performance, thing.importance, matrix.quadrant(thing) == "improve")
        for thing in matrix.placed
    ]
    quadrants = Quadrants(
        x=matrix.performance,
        y=matrix.importance,
        top_left=QUADRANTS["improve"][0],
        top_right=QUADRANTS["keep"][0],
        bottom_left=QUADRANTS["later"][0],
        bottom_right=QUADRANTS["overdone"][0],
        x_name="表现（净好评率）→",
        y_name="重要性（偏相关）→",
    )
    return ChartBlock(
        matrix_chart(points, quadrants, f"{what[0]}的重要性与表现"),
        f"{what[0]}的重要性—表现矩阵（IPA），方块为“优先改进”。重要性由 26 周 {matrix.n} 条评论推算：该项褒贬与满意度的"
        "偏相关，其他各项、来源和门店不变；表现为近 13 周净好评率；虚线为各项均值。只说明关联；"
        "褒贬和满意度读自同一段文字，数值偏高，只宜相互比较。",
        f"importance-performance matrix of {what[1]}; squares: improve first. Importance is derived from {matrix.n} "
        "reviews of 26 weeks (partial correlation with satisfaction, the others, source and venue held), performance "
        "is the net good share of 13 weeks, dashed: means. Association only.",
    )


def _table(matrix: Matrix, names: dict[str, Pair], what: Pair) -> TableBlock:
    rows = [
        TableRow(
            (
                names[thing.name],
                _quadrant(matrix, thing),
                interval(thing.importance, thing.low, thing.high),
                number(thing.performance, 2, signed=True),
                str(thing.good),
                str(thing.bad),
            ),
            mark=matrix.quadrant(thing) == "improve" and not matrix.is_close(thing),
        )
        for thing in matrix.placed
    ]
    columns = (
        (what[0], what[1]),
        ("象限", "quadrant"),
        ("重要性（95% 区间）", "importance (95 % interval)"),
        ("表现（净好评率）", "performance"),
        ("好评", "good"),
        ("差评", "bad"),
    )
    return TableBlock(
        columns,
        tuple(rows),
        f"{what[0]}的重要性与表现；临界：重要性的区间跨过均值线，归在哪一侧不能确定",
        f"importance and performance of {what[1]}; close: the interval crosses the line, so chance may have placed it",
        numeric=(2, 3, 4, 5),
        folded=True,
    )


def _quadrant(matrix: Matrix, thing: Placed) -> Pair:
    chinese, english = QUADRANTS[matrix.quadrant(thing)]
    return (chinese + CLOSE[0], english + CLOSE[1]) if matrix.is_close(thing) else (chinese, english)
