"""Opening a connector by its settings; what it needs is imported then, so that no other command pays for it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sources.connectors.connector import Connector, Secrets
from sources.connectors.settings import Fetch, FolderFetch, HttpFetch, ImapFetch, S3Fetch, SqlFetch


def open_connector(fetch: Fetch, *, base: Path, secrets: Secrets, clock: Callable[[], datetime]) -> Connector:
    """Return the connector of some settings; it reaches out only when it is asked for exports.

    Args:
        fetch: The settings of one source.
        base: What relative paths are relative to.
        secrets: Where passwords and tokens come from.
        clock: Tells the time in Asia/Shanghai.
    """
    match fetch:
        case FolderFetch():
            from sources.connectors.folder import WatchedFolder

            return WatchedFolder(fetch, base=base, clock=clock)
        case HttpFetch():
            from sources.connectors.http import WebAddresses

            return WebAddresses(fetch, secrets=secrets, clock=clock)
        case S3Fetch():
            from sources.connectors.s3 import ObjectStore

            return ObjectStore(fetch, secrets=secrets, clock=clock)
        case SqlFetch():
            from sources.connectors.sql import DatabaseQuery

            return DatabaseQuery(fetch, secrets=secrets)
        case ImapFetch():
            from sources.connectors.imap import Mailbox

            return Mailbox(fetch, secrets=secrets, clock=clock)
