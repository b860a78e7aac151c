"""Exports in an object store that speaks S3: AWS, MinIO, 阿里云 OSS, 腾讯 COS; through fsspec's s3fs."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sources.connectors.connector import Export, FetchError, Secrets, unreachable, with_days
from sources.connectors.settings import S3Fetch
from sources.file_format import check_size

if TYPE_CHECKING:
    from s3fs import S3FileSystem


class ObjectStore:
    """Objects of some patterns; one is fetched when its ETag is not the one that landed."""

    def __init__(self, settings: S3Fetch, *, secrets: Secrets, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clock = clock

    def exports(self, remembered: Mapping[str, str]) -> Iterator[Export]:
        """List what the patterns find, in order of name; a bucket that cannot be listed stops no other."""
        _ = remembered
        store = self._open()
        for given in self._settings.objects:
            pattern = with_days(given, self._clock())
            try:
                found = self._listed(store, pattern)
            except FetchError as error:
                yield unreachable(pattern, error)
                continue
            for name, facts in sorted(found.items()):
                if facts.get("type") == "file":
                    yield Export(
                        name=name.rpartition("/")[2],
                        key=f"s3://{name}",
                        version=f"{facts.get('ETag', facts.get('LastModified'))}, {facts['size']}",
                        read=partial(self._read, store, name, int(facts["size"])),
                    )

    def _listed(self, store: "S3FileSystem", pattern: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self._tried(pattern, store.glob, pattern.removeprefix("s3://"), detail=True)
        if not found and not set(pattern) & set("*?["):
            raise FetchError(f"{pattern}: expected an object, found none")
        return found

    def _read(self, store: "S3FileSystem", name: str, size: int) -> bytes:
        check_size(name.rpartition("/")[2], size)
        content = self._tried(f"s3://{name}", store.cat_file, name)
        return bytes(content)

    def _open(self) -> "S3FileSystem":
        from s3fs import S3FileSystem

        given = self._settings
        config = {
            "connect_timeout": given.timeout_seconds,
            "read_timeout": given.timeout_seconds,
            "s3": {"addressing_style": given.addressing},
            # Checksums beyond those of S3's first version are unknown to OSS and COS.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        }
        # A store of its own: s3fs would keep it, keys and listings included, for whoever asks with the same words.
        return S3FileSystem(
            key=self._secrets.value(given.key_env) if given.key_env else None,
            secret=self._secrets.value(given.secret_env) if given.secret_env else None,
            endpoint_url=given.endpoint,
            client_kwargs={"region_name": given.region} if given.region else {},
            config_kwargs=config,
            skip_instance_cache=True,
            use_listings_cache=False,
        )

    def _tried(self, name: str, ask: Callable[..., Any], *arguments: object, **named: object) -> Any:  # noqa: ANN401
        """Ask the store something, and tell what it answered without the parts of the request that hold keys."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return ask(*arguments, **named)
        except (ClientError, BotoCoreError, OSError) as error:
            refusal = error if isinstance(error, ClientError) else error.__cause__
            if isinstance(refusal, ClientError):
                said = refusal.response.get("Error", {})
                answer = f"the store answered {said.get('Code', '')} {said.get('Message', '')}".rstrip()
            elif isinstance(error, FileNotFoundError):
                answer = "there is no such bucket or object"
            else:
                # Not its words: they may hold the signed address.
                answer = f"no answer from {self._settings.endpoint or 'AWS'} ({type(error).__name__})"
        raise FetchError(self._secrets.hidden(f"{name}: {answer}"))
