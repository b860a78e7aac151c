"""What goes wrong on the local site when it is told to: refusals, hindrances and bodies that never end."""

import re
import struct
import zlib
from dataclasses import dataclass, field, replace
from functools import cache
from threading import Lock
from typing import Literal, cast, get_args
from urllib.parse import parse_qsl, urlsplit

from tests.local_site_pages import Answer

FaultKind = Literal[
    "too_many", "error", "forbidden", "captcha", "login", "redirect", "broken_json", "big", "slow", "drip", "endless",
    "bomb", "hang_up",
]  # fmt: skip

BIG_BYTES = 2_000_000
BOMB_BYTES = 300_000_000
ENDLESS_BYTES = 1_000_000_000
"""Where the endless body ends after all, so that a collector without a limit does not take the machine down."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, where and when.

    Attributes:
        answer: What comes instead:

            - ``too_many``: 429 with ``Retry-After``; ``error``: 500
            - ``forbidden``: 403 with words of a captcha; ``captcha``: the same words with 200
            - ``login``: 302 to a login page; ``redirect``: 302 to ``to``
            - ``broken_json``: the ordinary body cut off; ``big``: the ordinary page, padded to 2 MB
            - ``slow``: the ordinary page after ``seconds``; ``drip``: the same, a byte every ``seconds``
            - ``endless``: a body without an end; ``bomb``: a small gzip body of 300 MB
            - ``hang_up``: the connection is closed in the middle of the ordinary body
        at: A regular expression searched in path and query, e.g. ``^/hotel/.*page=2``; everything by default.
        after: So many matching requests are answered well first.
        every: Of the others, each so-manieth goes wrong.
        times: How often it goes wrong at most.
        once_each: Whether an address goes wrong only the first time it is asked for.
        seconds: For ``too_many`` (``Retry-After``), ``slow`` and ``drip``.
        to: For ``redirect``, e.g. ``http://10.0.0.1/``.
    """

    answer: FaultKind
    at: str = ""
    after: int = 0
    every: int = 1
    times: int | None = None
    once_each: bool = False
    seconds: float = 1
    to: str = "http://169.254.169.254/latest/meta-data/"


@dataclass(slots=True)
class _Planned:
    fault: Fault
    pattern: re.Pattern[str]
    asked: int = 0
    done: int = 0
    addresses: set[str] = field(default_factory=set)

    def strikes(self, target: str) -> bool:
        """Count a request in; return whether it goes wrong."""
        fault = self.fault
        if not self.pattern.search(target) or (fault.once_each and target in self.addresses):
            return False
        self.addresses.add(target)
        self.asked += 1
        behind = self.asked - fault.after
        if behind <= 0 or behind % fault.every or (fault.times is not None and self.done >= fault.times):
            return False
        self.done += 1
        return True


class Faults:
    """The faults that are planned; tests change them while the site runs."""

    def __init__(self, *faults: Fault) -> None:
        self._lock = Lock()
        self._planned: list[_Planned] = []
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        """Plan faults besides those that are planned; of several that match, the first strikes."""
        with self._lock:
            self._planned += [_Planned(fault, re.compile(fault.at)) for fault in faults]

    def clear(self) -> None:
        """Let everything go well from now on."""
        with self._lock:
            self._planned.clear()

    def strike(self, target: str) -> Fault | None:
        """Return what goes wrong with this request, if anything."""
        with self._lock:
            return next((planned.fault for planned in self._planned if planned.strikes(target)), None)


def fault_of_address(target: str) -> Fault | None:
    """Return the fault that an address below ``/trouble/`` names, e.g. ``/trouble/drip?seconds=0.01``."""
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query))
    kind = parts.path.removeprefix("/trouble/")
    if kind == parts.path or kind not in get_args(FaultKind):
        return None
    planned = Fault(cast("FaultKind", kind))
    return replace(planned, seconds=float(query.get("seconds", "1")), to=query.get("to", planned.to))


def faulty(fault: Fault, ordinary: Answer) -> Answer:
    """Return the answer of a fault; what is about the manner of sending, such as ``drip``, the server does."""
    refusals = {
        "too_many": (429, "访问过于频繁", "您的操作太快了，请稍后再试。", ("Retry-After", f"{fault.seconds:g}")),
        "error": (500, "500 Internal Server Error", "服务器开小差了", None),
        "forbidden": (403, *_CAPTCHA, None),
        "captcha": (200, *_CAPTCHA, None),
        "login": (302, "", "", ("Location", "/login")),
        "redirect": (302, "", "", ("Location", fault.to)),
    }
    if refusal := refusals.get(fault.answer):
        status, title, words, header = refusal
        return Answer(_words(title, words), status=status, headers=(header,) if header else ())
    if fault.answer == "broken_json":
        return replace(ordinary, body=ordinary.body[: len(ordinary.body) * 2 // 3])
    if fault.answer == "big":
        padding = b"\n" + b" " * 98 + b"\n"
        return replace(ordinary, body=ordinary.body + padding * (BIG_BYTES // len(padding)))
    if fault.answer == "bomb":
        return Answer(_bomb(), headers=(("Content-Encoding", "gzip"),))
    return ordinary


def login_page() -> Answer:
    """Return the page that asks who one is."""
    form = (
        '<form class="login-form" method="post" action="/login"><input name="mobile" placeholder="请输入手机号">'
        '<input name="password" type="password" placeholder="密码"><button type="submit">登录</button></form>'
    )
    return Answer(_words("用户登录", f"登录后查看全部点评{form}"))


_CAPTCHA = (
    "安全验证",
    '<div id="slider" class="captcha-box">请拖动滑块完成拼图，或输入验证码后继续访问</div>',
)


def _words(title: str, words: str) -> bytes:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body><div class="tip">{words}'
        "</div></body></html>"
    ).encode()


@cache
def _bomb() -> bytes:
    # One packed block that stands by itself, many times over: packing 300 MB would hold up everybody else for seconds.
    block = b" " * 1_000_000
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    blocks = BOMB_BYTES // len(block)
    checksum = 0
    for _ in range(blocks):
        checksum = zlib.crc32(block, checksum)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return header + packed * blocks + packer.flush() + struct.pack("<II", checksum, blocks * len(block))
