"""A bucket that speaks S3, Amazon's or anybody's."""

import re
from collections.abc import Iterator
from logging import NullHandler, getLogger
from typing import BinaryIO, ClassVar
from urllib.parse import urlsplit

from fsspec import AbstractFileSystem
from pydantic import field_validator

from core.home import VetroHome
from core.yaml_models import problem
from ingestion.sources.kinds.kind import (
    CONNECT_SECONDS,
    SILENCE_SECONDS,
    Credentials,
    FileChanged,
    Secret,
    Source,
    address_needed,
    register,
    split_address,
)

_CODE = re.compile(r"[A-Za-z0-9]{1,60}")
# Without a handler of their own these write to stderr what we say in a sentence.
for _name in ("s3fs", "aiobotocore", "asyncio"):
    getLogger(_name).addHandler(NullHandler())

_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class S3Credentials(Credentials):
    """The key of an account, or a temporary one with its token."""

    access_key: Secret
    secret_key: Secret
    session_token: Secret | None = None


@register
class S3Source(Source):
    """A bucket with a prefix. Without an `endpoint` it is Amazon's; `region` only where the service asks."""

    protocol: ClassVar[str] = "s3"
    form: ClassVar[tuple[str, str]] = ("s3://contenitore/prefisso", "s3://bucket/prefix")
    credentials: ClassVar[type[Credentials]] = S3Credentials

    endpoint: str | None = None
    region: str | None = None

    @property
    def root(self) -> str:
        """bucket/prefix"""
        return f"{self.address.netloc}/{self.address.path.strip('/')}".rstrip("/")

    @property
    def place(self) -> str:
        """The same place has the same text."""
        return f"s3://@{self.endpoint or ''}:22/{self.root}"

    def connect(self, home: VetroHome, credentials: S3Credentials) -> AbstractFileSystem:
        """Return the bucket's file system; nothing is asked yet."""
        # Heavy, and only needed by whoever has a bucket.
        import s3fs

        filesystem = s3fs.S3FileSystem(
            key=credentials.access_key,
            secret=credentials.secret_key,
            token=credentials.session_token,
            endpoint_url=self.endpoint,
            client_kwargs={"region_name": self.region} if self.region else {},
            config_kwargs={
                "retries": {"total_max_attempts": 1},
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": SILENCE_SECONDS,
            },
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        # One attempt: how often to try is said once, in PAUSES.
        filesystem.retries = 1
        return filesystem

    def entries(self, filesystem: AbstractFileSystem, start: str, depth: int) -> Iterator[dict]:
        """Yield every object. A bucket has no folders to enter: one question answers for all of them."""
        bucket, _, key = start.partition("/")
        prefix = f"{key}/" if key else ""
        answer = filesystem.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=1)
        if answer.get("Contents"):
            yield from filesystem.find(start, detail=True).values()

    def opened(self, filesystem: AbstractFileSystem, path: str, version: str | None) -> BinaryIO:
        """Return an object of that ETag to read."""
        file = filesystem.open(path, "rb", cache_type="none")
        if version is not None and file.details["ETag"] != version:
            file.close()
            raise FileChanged
        return file

    def why(self, error: Exception) -> tuple[str, str] | None:
        """Return the code of the service's answer, where it is not one that every library raises alike."""
        if isinstance(error, PermissionError | FileNotFoundError):
            return None
        response = getattr(error.__cause__ or error, "response", None)
        code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
        return ("unreachable", code) if code and _CODE.fullmatch(code) else None

    @field_validator("url")
    @classmethod
    def _names_a_bucket(cls, url: str) -> str:
        if not split_address(url).netloc:
            raise address_needed()
        return url

    @field_validator("endpoint")
    @classmethod
    def _is_safe(cls, endpoint: str | None) -> str | None:
        if endpoint is None:
            return None
        address = urlsplit(endpoint)
        safe = address.scheme == "https" or (address.scheme == "http" and address.hostname in _THIS_MACHINE)
        if not safe or not address.hostname or address.username or address.password:
            raise problem(
                "serve https:// senza credenziali: le esportazioni contengono dati personali",
                "https:// without credentials is needed: exports hold personal data",
            )
        return endpoint
