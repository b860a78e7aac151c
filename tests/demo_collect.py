"""``make demo-collect``: a site on loopback is collected, night after night, and once with a crawl killed on its way.

What is claimed is read from the site's own log: nothing forbidden asked for, its delay kept, nothing asked for twice.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from tests.local_site import LocalSite, Robots
from tests.local_site_server import SiteRequest
from tests.web_samples import site_recipe

SOURCES = {
    "hotel_pages": ("review", "hotel"),
    "restaurant_pages": ("review", "restaurant"),
    "complaint_board": ("complaint", None),
    "app_store": ("review", None),
}
KILLED = "hotel_pages"
CRAWL_DELAY = 0.05
"""Seconds, asked for by the site's robots.txt; the recipes here would be faster."""
KILLED_AFTER = 12
"""Requests."""


def main() -> None:
    """Run the demonstration; status 1 if something is not as it is claimed."""
    with (
        tempfile.TemporaryDirectory(prefix="kesheng-demo-") as folder,
        LocalSite(first_day=date.today(), robots=Robots(crawl_delay=CRAWL_DELAY)) as site,  # noqa: DTZ011 - as on the site
    ):
        config = write_settings(Path(folder), site.url)
        _say(f"A site of fictional reviews stands at {site.url}; it asks for {CRAWL_DELAY} s between requests.")
        _say(f"\n1. The first evening. The crawl of {KILLED} is killed after {KILLED_AFTER} requests.")
        killed = _killed_crawl(config, site)
        _say(f"   Killed: {len(killed)} requests had been answered. The same command again goes on:")
        _kesheng("collect", "--source", KILLED, "--config", str(config))
        resumed = site.requests[len(killed) :]
        again = _asked_in_both(killed, resumed)
        _say(f"   {len(resumed)} more requests; asked for a second time: {len(again)} (it was on its way when killed).")
        _say("\n2. The night: the other sources, then everything that has landed is read.")
        _kesheng("run", "--plain", "--config", str(config))
        first_night = len(site.requests)
        site.next_day()
        _say("\n3. The next night: guests have written, merchants have answered.")
        _kesheng("run", "--plain", "--config", str(config))
        evening = len(killed) + len(resumed)
        whole = _verdict(site.requests, (0, evening, first_night), len(again))
    sys.exit(0 if whole else 1)


def write_settings(folder: Path, address: str) -> Path:
    """Write the shipped recipes for a site on loopback, and settings that use them; returns the settings' path."""
    lines = ['data = "data"', "[collecting]", 'contact = "mailto:quality@example.com"']
    for name, (kind, industry) in SOURCES.items():
        site_recipe(folder, name, address)
        lines += ["[[sources]]", f'name = "{name}"', f'recipe = "{name}.yaml"', f'kind = "{kind}"']
        lines += [f'industry = "{industry}"'] if industry else []
    path = folder / "kesheng.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _killed_crawl(config: Path, site: LocalSite) -> tuple[SiteRequest, ...]:
    """Begin a crawl and kill its process without a warning."""
    command = [sys.executable, "-m", "flows.command_line", "collect", "--source", KILLED, "--config", str(config)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while len(site.requests) < KILLED_AFTER and time.monotonic() < until and running.poll() is None:
            time.sleep(0.01)
        for process in _children(running.pid):
            os.kill(process, signal.SIGKILL)
        running.wait(60)
    finally:
        running.kill()
    return site.requests


def _children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children")
    threads = Path(f"/proc/{parent}/task").glob("*/children") if found.parent.exists() else ()
    return [int(number) for children in threads for number in children.read_text("ascii").split()]


def _kesheng(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flows.command_line", *arguments], capture_output=True, text=True, check=False
    )
    shown = done.stdout.partition("最近几次运行")[0] if arguments[0] == "run" else done.stdout
    _say("\n".join(f"   {line}" for line in shown.splitlines() if line.strip()))
    if done.returncode:
        _say(done.stderr)


def _asked_in_both(first: Sequence[SiteRequest], second: Sequence[SiteRequest]) -> set[str]:
    return {request.target for request in first} & {request.target for request in second} - {"/robots.txt"}


def _verdict(requests: Sequence[SiteRequest], begins: tuple[int, int, int], twice: int) -> bool:
    """Say what the site's log shows, and return whether all of it is as it should be.

    Args:
        requests: The log.
        begins: The place in it where the evening, the first and the second night begin.
        twice: Pages that were on their way when the crawl was killed.
    """
    forbidden = [r.target for r in requests if r.target.startswith(("/private/", "/board/secret", "/login"))]
    nameless = [r for r in requests if "mailto:" not in r.user_agent]
    nights = [requests[begin:end] for begin, end in pairwise((*begins, len(requests)))]
    repeated = [
        target
        for night in nights
        for target, count in Counter(r.target for r in night if r.target != "/robots.txt").items()
        if count > 1
    ]
    gaps = [later.received - earlier.received for earlier, later in pairwise(requests)]
    details = [sum("/complaint/" in r.target for r in night) for night in nights[1:]]
    claims = [
        ("Requests that robots.txt forbids", f"{len(forbidden)}", not forbidden),
        (
            "Addresses asked for twice in one crawl",
            f"{len(repeated)} (killed in flight: {twice})",
            len(repeated) <= twice <= 1,
        ),
        ("Shortest time between two requests", f"{min(gaps) * 1000:.0f} ms", min(gaps) >= CRAWL_DELAY * 0.98),
        ("Requests without a contact in the user agent", f"{len(nameless)}", not nameless),
        ("Complaints asked for, first and second night", f"{details[0]}, {details[1]}", details[1] < details[0] / 2),
    ]
    _say(f"\nThe site's log of {len(requests)} requests:")
    for claim, found, holds in claims:
        _say(f"   {'yes' if holds else 'NO '}  {claim}: {found}")
    return all(holds for _, _, holds in claims)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
