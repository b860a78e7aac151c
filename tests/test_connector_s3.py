"""Exports in an object store, against a server of moto on loopback."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.connector_samples import EXPORT, OTHER_EXPORT, collected, fetching, files_below, landed_texts

pytestmark = pytest.mark.filterwarnings(
    # botocore 1.43 and moto 5 as they are.
    "ignore:datetime.datetime.utcnow:DeprecationWarning",
)
_KEYS = {"SHOP_KEY": "AKIAFICTIONAL", "SHOP_SECRET": "sEcReTsEcReTsEcReT"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a store on loopback."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket ``exports``; the keys stand in the environment."""
    for name, value in _KEYS.items():
        monkeypatch.setenv(name, value)
    keys = {"aws_access_key_id": _KEYS["SHOP_KEY"], "aws_secret_access_key": _KEYS["SHOP_SECRET"]}
    store = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    found = store.create_bucket(Bucket="exports")
    yield found
    found.objects.all().delete()
    found.delete()
    store.meta.client.close()


@pytest.fixture
def store(endpoint: str, tmp_path: Path) -> Any:
    """Settings of a source in the store, but for its objects."""
    return partial(
        fetching,
        tmp_path,
        kind="s3",
        endpoint=endpoint,
        region="us-east-1",
        key_env="SHOP_KEY",
        secret_env="SHOP_SECRET",  # noqa: S106 - the name of a variable
        addressing="path",
        timeout_seconds=10,
    )


def test_objects_land_once_and_again_when_they_change(bucket: Any, store: Any) -> None:
    """Those that a pattern finds, in order of name; folders and other names are left."""
    bucket.put_object(Key="daily/二.csv", Body=OTHER_EXPORT)
    bucket.put_object(Key="daily/一.csv", Body=EXPORT)
    bucket.put_object(Key="daily/readme.txt", Body=b"no export")
    bucket.put_object(Key="daily/more.csv/", Body=b"")
    settings = store(objects=["s3://exports/daily/*.csv"])
    first = collected(settings)
    assert (first.failed, [m.name for m in first.landed]) == ((), ["一.csv", "二.csv"])
    assert landed_texts(settings)[1] == "打电话 [手机号] 没人接"
    again = collected(settings)
    assert (again.landed, again.known) == ((), 2)
    bucket.put_object(Key="daily/二.csv", Body=OTHER_EXPORT.replace("一个小时".encode(), "两个小时".encode()))
    changed = collected(settings)
    assert ([m.name for m in changed.landed], changed.known) == (["二.csv"], 1)


def test_what_the_store_says_is_told_and_stops_no_other(bucket: Any, store: Any, tmp_path: Path) -> None:
    """A bucket that does not exist, an object that is not there, and one that is no table."""
    bucket.put_object(Key="a.csv", Body=EXPORT)
    bucket.put_object(Key="b.csv", Body=b"%PDF-1.7")
    found = collected(
        store(objects=["s3://nowhere/a.csv", "s3://exports/none.csv", "s3://exports/b.csv", "s3://exports/a.csv"])
    )
    assert [m.name for m in found.landed] == ["a.csv"]
    assert len(found.failed) == 3
    assert found.failed[0].startswith("s3://nowhere/a.csv: ")
    assert found.failed[1] == "s3://exports/none.csv: expected an object, found none"
    assert "b.csv: expected CSV, TSV" in found.failed[2]
    told = repr(found) + repr(files_below(tmp_path))
    assert [value for value in _KEYS.values() if value in told] == []


def test_a_store_that_is_not_there_is_told(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its answer there are no words of a server; a missing key is named."""
    found = collected(store(objects=["s3://exports/a*.csv"]))
    assert found.failed[0].startswith("s3: expected a secret in the environment variable SHOP_KEY, found none")
    for name, value in _KEYS.items():
        monkeypatch.setenv(name, value)
    found = collected(store(objects=["s3://exports/a*.csv"], endpoint="http://127.0.0.1:9"))
    assert found.failed == ("s3://exports/a*.csv: no answer from http://127.0.0.1:9 (EndpointConnectionError)",)
    assert found.refusal is not None
