"""The identity key of an installation, checked against what it has made before."""

from flows.settings import Settings
from sources.identity import IdentityKey, check_same_key, load_identity_key
from warehouse import ledger
from warehouse.store import LocalStore


def identity_key(settings: Settings) -> IdentityKey:
    """Return the key of derived identities.

    Raises:
        IdentityKeyError: It is not the key that the warehouse's ids were made with, or others may read its file.
    """
    key = load_identity_key(settings.folder.identity_key)
    check_same_key(key, ledger.last_fingerprint(ledger.runs(LocalStore(settings.folder.warehouse))), "the warehouse")
    return key
