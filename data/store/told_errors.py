"""Errors of remote storage in our words: which object, what happened, what to do; credentials are never shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

import fsspec

from contextpairs.data.sources.files.safe_text import REDACTED, SECRET_NAME, without_secrets

FOREIGN = frozenset({"botocore", "aiobotocore", "s3fs", "aiohttp", "gcsfs", "google", "requests", "urllib3"})
"""Packages whose exceptions come from the storage, whatever their base class is."""
WRITING = frozenset({"put_file", "pipe_file", "makedirs"})
"""Calls to which something that is not there can only be the bucket."""
MOST_SAID = 300
LEAST_SECRET = 8
"""Characters: what is shorter is no credential, and may be part of a bucket's name."""
DENIED = "check the credentials (environment, or `storage` with key and secret) and what they permit on this bucket"
NO_BUCKET = "make the bucket, or correct the name in the URL"
UNREACHABLE = "check endpoint_url and the network, then run again: what is finished is kept"
BUSY = "run again later: what is finished is kept"
MISSING_EXTRA = "install what reaches it: pip install -e '.[s3]' for s3"


class StorageError(OSError):
    """A storage that refuses, that cannot hold versions safely, or that lost part of one."""


class StorageDenied(StorageError):
    """A storage that will not do it however often it is asked: credentials, permissions, no such bucket."""


def open_filesystem(url: str, options: Mapping[str, Any] | None = None) -> tuple[Any, str]:
    """The fsspec file system behind a URL, and the path on it. Remote ones tell their errors in our words.

    Args:
        url: a local path or any fsspec URL.
        options: for the fsspec file system.

    Raises:
        StorageError: no package that reaches it is installed, or it does not take the options.
    """
    place = without_secrets(url)
    try:
        filesystem, root = fsspec.core.url_to_fs(url, **dict(options or {}))
    except ImportError as error:
        raise StorageError(f"{place}: {error}; {MISSING_EXTRA}") from error
    except Exception as error:
        if isinstance(error, OSError) or not _is_foreign(error):
            raise
        raise _told(error, place, ()) from error
    protocols = filesystem.protocol
    is_local = "file" in ((protocols,) if isinstance(protocols, str) else protocols)
    return (filesystem if is_local else ToldFilesystem(filesystem, options or {})), root


def in_our_words(error: Exception) -> Exception:
    """A StorageError in place of one of a package that reaches storage, wherever it came up; any other as it is."""
    is_ours = isinstance(error, OSError) or not _is_foreign(error)
    return error if is_ours else _told(error, "a storage", ())


class ToldFilesystem:
    """A file system of fsspec whose errors are `StorageError`s that name bucket and key."""

    def __init__(self, filesystem: Any, options: Mapping[str, Any]) -> None:
        """Args: filesystem: of fsspec. options: that it was made with, for what of them is secret."""
        self._filesystem = filesystem
        self._secrets = tuple(_secrets_of(options))

    def __getattr__(self, name: str) -> Any:
        """A method that tells its errors, or whatever else the file system has of that name."""
        found = getattr(self._filesystem, name)
        return self._telling(name, found) if callable(found) and not name.startswith("_") else found

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        """A file whose errors are told as well."""
        opened = self._telling("open", self._filesystem.open)(path, mode, **options)
        return ToldFile(opened, lambda method: self._telling("read", method, path))

    def _telling(self, name: str, method: Callable[..., Any], path: str | None = None) -> Callable[..., Any]:
        @wraps(method)
        def told(*arguments: Any, **options: Any) -> Any:
            try:
                return method(*arguments, **options)
            except Exception as error:
                missing = isinstance(error, FileNotFoundError) and name not in WRITING
                if missing or isinstance(error, FileExistsError) or not _is_foreign(error):
                    raise
                place = path or arguments[1 if name == "put_file" else 0]
                raise _told(error, self._named(place), self._secrets) from error

        return told

    def _named(self, place: str | list[str]) -> str:
        """Of several paths the first."""
        path = place if isinstance(place, str) else place[0]
        return without_secrets(str(self._filesystem.unstrip_protocol(path)))


class ToldFile:
    """An open file of such a file system; what reads Parquet takes it for a file."""

    def __init__(self, file: Any, telling: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Args: file: of fsspec. telling: what makes a method tell its errors."""
        self._file = file
        self._telling = telling

    def __getattr__(self, name: str) -> Any:
        """A method that tells its errors, or whatever else the file has of that name."""
        found = getattr(self._file, name)
        return self._telling(found) if callable(found) and not name.startswith("_") else found

    def __enter__(self) -> ToldFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)


def _is_foreign(error: BaseException) -> bool:
    module = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError) or module in FOREIGN or type(error).__name__ == "FSTimeoutError"


def _told(error: BaseException, place: str, secrets: tuple[str, ...]) -> StorageError:
    if isinstance(error, StorageError):
        return error
    kind, advice = _advice(error)
    said = " ".join(str(error).split())
    for secret in secrets:
        said = said.replace(secret, REDACTED)
    said = without_secrets(said)[:MOST_SAID] or type(error).__name__
    return kind(f"{place}: {said}; {advice}")


def _advice(error: BaseException) -> tuple[type[StorageError], str]:
    """Whether asking again may help, and what a person may do."""
    name = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return StorageDenied, NO_BUCKET
    if isinstance(error, PermissionError) or "Credentials" in name or "ProfileNotFound" in name:
        return StorageDenied, DENIED
    if any(part in name for part in ("Endpoint", "Connect", "Timeout", "HTTPClient")):
        return StorageError, UNREACHABLE
    return StorageError, BUSY


def _secrets_of(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _secrets_of(value)
        elif isinstance(value, str) and len(value) >= LEAST_SECRET and SECRET_NAME.search(name):
            yield value
