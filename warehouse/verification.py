"""Checks the files of a warehouse against its ledger."""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq

from warehouse import ledger
from warehouse.damage import damage_explained
from warehouse.schema import RUNS
from warehouse.schema_versions import check_version, version_in
from warehouse.store import FROM_BACKUP, LocalStore


def verify_partitions(warehouse: Path) -> tuple[int, list[str]]:
    """Return how many files were checked and what is wrong with them, one sentence each.

    A file is wrong if its SHA-256 is not the one that the last run to write it entered, if it is missing, or if no
    run wrote it. The ledger's own files cannot be checked so and are left out.
    """
    store = LocalStore(warehouse)
    expected = ledger.checksums(ledger.runs(store))
    problems = []
    for partition, digest in sorted(expected.items(), key=str):
        path = store.path(partition)
        if not path.exists():
            if digest:
                problems.append(f"{path}: missing; the ledger says that it was written")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            problems.append(f"{path}: not as the ledger says; changed since the last run, or damaged")
    known = {store.path(partition) for partition in expected}
    found = [path for path in sorted(warehouse.rglob("*.parquet")) if path.relative_to(warehouse).parts[0] != RUNS.name]
    problems += [f"{path}: no run wrote it" for path in found if path not in known]
    return len(expected), problems


def missing_partitions(store: LocalStore) -> list[Path]:
    """Return the files that the ledger says were written and that are gone; the others are looked into as well.

    Raises:
        DamagedFileError: A file is there and is no Parquet file any more.
        NewerSchemaError: A newer release wrote one of them.
    """
    missing = []
    for partition, digest in sorted(ledger.checksums(ledger.runs(store)).items(), key=str):
        path = store.path(partition)
        if path.exists():
            with damage_explained(path, FROM_BACKUP):
                written = pq.read_metadata(path)
            # Before anything is written: a release that is older than the tables must not touch one of them.
            check_version(path, version_in(written.metadata))
        elif digest:
            missing.append(path)
    return missing
