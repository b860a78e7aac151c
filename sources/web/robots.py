"""What a host's robots.txt allows, as RFC 9309 has it: nothing is asked for before it is known."""

from dataclasses import dataclass

from protego import Protego

PRODUCT = "Kesheng"
"""The name that rules of a robots.txt can be addressed to."""
_LONGEST_DELAY = 86_400.0
"""Seconds: more than a day is never."""
_LARGEST = 512_000
"""Bytes: RFC 9309, 2.5, asks for at least 500 kibibytes."""


@dataclass(frozen=True)
class RobotRules:
    """The rules of one host.

    Attributes:
        rules: As parsed; None where everything is allowed, or nothing.
        reachable: Whether the host has answered; RFC 9309, 2.3.1.4: where it has not, nothing may be asked for.
        words: What was found, for the log.
    """

    rules: Protego | None
    reachable: bool
    words: str

    def allows(self, address: str) -> bool:
        """Return whether an address may be asked for."""
        if not self.reachable:
            return False
        return self.rules is None or self.rules.can_fetch(address, PRODUCT)

    @property
    def crawl_delay(self) -> float:
        """Seconds that the host wants between two requests, 0 where it says nothing."""
        if self.rules is None:
            return 0.0
        delay = float(self.rules.crawl_delay(PRODUCT) or 0.0)
        rate = self.rules.request_rate(PRODUCT)
        wanted = max(delay, rate.seconds / rate.requests if rate and rate.requests else 0.0)
        return min(wanted, _LONGEST_DELAY)


def robot_rules(status: int | None, body: bytes) -> RobotRules:
    """Return the rules that an answer to ``/robots.txt`` gives.

    Args:
        status: Of the answer, None where there was none.
        body: Of the answer.
    """
    if status is None or status >= 500 or status == 429 or 300 <= status < 400:
        found = "no answer" if status is None else f"status {status}"
        found += ", which leads away from the site" if status and status < 400 else ""
        return RobotRules(None, reachable=False, words=f"robots.txt: {found}; nothing may be asked for (RFC 9309)")
    if status >= 400:
        return RobotRules(None, reachable=True, words=f"robots.txt: status {status}; the site has no rules")
    if len(body) > _LARGEST:
        # A line cut in two would be another rule.
        body = body[:_LARGEST].rpartition(b"\n")[0]
    rules = Protego.parse(body.decode("utf-8-sig", "replace"))
    return RobotRules(rules, reachable=True, words="robots.txt: read")
