"""At which touchpoint something was judged, and which department answers for it.

The touchpoint is as the text names it, else as goes without saying in the trade.
"""

from collections.abc import Iterable

from lexicons.cue_rules import AspectDepartment, TradeTouchpoint


class Touchpoints:
    """What the trades have, by any spelling of their names."""

    def __init__(self, rows: Iterable[TradeTouchpoint], departments: Iterable[AspectDepartment] = ()) -> None:
        self._of_touchpoint: dict[tuple[str, str], str] = {}
        self._of_aspect = {(i, row.aspect): row.department for row in departments for i in row.industries}
        self._places: dict[str, set[str]] = {}
        self._usual: dict[tuple[str, str], str] = {}
        for row in rows:
            for industry in row.industries:
                self._places.setdefault(industry, set()).add(row.touchpoint)
                self._of_touchpoint[industry, row.touchpoint] = row.department
                self._usual.update({(industry, aspect): row.touchpoint for aspect in row.aspects})

    def choose(self, industry: str | None, aspect: str | None, named: Iterable[str | None]) -> str | None:
        """Return the touchpoint of an opinion, or None where neither text nor trade tells it.

        Example: ``等了半小时`` names no place; it is 配送 for a courier, 餐厅 for a restaurant and None for a hotel.

        Args:
            industry: The trade as the source spells it; None or an unknown trade has every place that is named.
            aspect: What is judged, e.g. 速度.
            named: What the words name, the surest first; a place that the trade does not have is passed over, since
                it is another provider's (外卖 in a hotel).
        """
        places = self._places.get(industry) if industry else None
        for touchpoint in named:
            if touchpoint is not None and (places is None or touchpoint in places):
                return touchpoint
        return self._usual.get((industry, aspect)) if industry and aspect else None

    def department(self, industry: str | None, touchpoint: str | None, aspect: str | None) -> str | None:
        """Return who answers: the aspect's own department, else the touchpoint's; None where neither is known.

        Example: in a hotel 空调坏了 is 工程部's in any room, 床单脏 at 客房 is 客房部's.
        """
        if industry is None:
            return None
        own = self._of_aspect.get((industry, aspect)) if aspect else None
        return own or (self._of_touchpoint.get((industry, touchpoint)) if touchpoint else None)
