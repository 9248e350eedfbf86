"""A storage that loses replies: what a publish says of itself is true. Errors name the key, and no credential."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.faulty_storage import Faults, couple, faulty, options_of, outcome, publishes, s3_server
from contextpairs.data.store import exclusive_put
from contextpairs.data.store.exclusive_put import put_if_absent
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.data.store.told_errors import StorageDenied, StorageError, ToldFilesystem, open_filesystem

pytest.importorskip("s3fs", reason="s3fs is not installed: pip install -e '.[s3]'")
pytest.importorskip("moto", reason="moto is not installed: pip install -e '.[dev]'")
ACCOUNT = Manifest(domain="coding")
MANIFEST = "v000001/manifest.json"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is tried as often as ever, without pauses."""
    for name in ("PUT_PAUSES", "LOOK_PAUSES"):
        monkeypatch.setattr(exclusive_put, name, (0.0,) * len(getattr(exclusive_put, name)))


@pytest.fixture
def server() -> Iterator[str]:
    with s3_server() as endpoint:
        open_filesystem("s3://bucket", options_of(endpoint))[0].mkdir("bucket")
        yield endpoint


@pytest.fixture
def shaky(server: str) -> Iterator[tuple[Store, Faults]]:
    """A store behind a proxy, and the faults that the proxy is to make."""
    faults = Faults(0.0, 0)
    with faulty(server, faults) as through:
        yield Store("s3://bucket/pairs", options_of(through)), faults


@pytest.mark.parametrize("fault", ["lost-reply", "error-after", "error-before", "reset-before"])
def test_a_fault_of_the_manifest_s_put_is_no_fault_of_the_publish(shaky: tuple[Store, Faults], fault: str) -> None:
    """Catches a version that is there and was called an error, or unchanged."""
    store, faults = shaky
    faults.planned = [("PUT", MANIFEST, fault)]
    assert outcome(store, couple(1), ACCOUNT) == ("published", "v000001")
    assert faults.planned == []
    assert store.verify() == []


def test_a_client_that_meets_its_own_object_published_it(server: str) -> None:
    """The client itself repeats a request whose reply was lost, and is told that the object is there."""
    faults = Faults(0.0, 0)
    with faulty(server, faults) as through:
        store = Store("s3://bucket/pairs", options_of(through, tries=5))
        faults.planned = [("PUT", MANIFEST, "error-after")]
        assert outcome(store, couple(1), ACCOUNT) == ("published", "v000001")


def test_replies_may_be_lost_to_the_put_and_to_the_looks_after_it(shaky: tuple[Store, Faults]) -> None:
    store, faults = shaky
    faults.planned = [("PUT", MANIFEST, "lost-reply"), *[("HEAD", MANIFEST, "lost-reply")] * 3]
    assert outcome(store, couple(1), ACCOUNT) == ("published", "v000001")


def test_what_the_storage_never_tells_is_said_to_be_unknown(shaky: tuple[Store, Faults]) -> None:
    store, faults = shaky
    faults.planned = [("PUT", MANIFEST, "lost-reply"), *[("HEAD", MANIFEST, "error-before")] * 100]
    said, detail = outcome(store, couple(1), ACCOUNT)
    assert said == "error"
    assert "does not tell whether it was written" in detail
    assert "s3://bucket/pairs/versions/v000001/manifest.json" in detail


def test_another_writer_s_object_is_not_ours(shaky: tuple[Store, Faults], server: str) -> None:
    """A put whose reply was lost, and that lost the race as well; equal bytes are not taken for ours either."""
    store, faults = shaky
    filesystem = store.storage.filesystem
    other = open_filesystem("s3://bucket", options_of(server))[0]
    assert put_if_absent(other, "bucket/key", b"same")
    faults.planned = [("PUT", "key", "lost-reply")]
    assert not put_if_absent(filesystem, "bucket/key", b"same")


def test_a_storage_without_metadata_tells_by_the_bytes() -> None:
    filesystem = open_filesystem("memory://faults")[0]
    filesystem.pipe_file("/faults/key", b"ours")
    assert put_if_absent(filesystem, "/faults/key", b"ours")
    assert not put_if_absent(filesystem, "/faults/key", b"theirs")


@pytest.mark.parametrize("count", [25, pytest.param(200, marks=pytest.mark.slow)])
def test_each_publish_under_faults_says_what_is_true(count: int) -> None:
    counted, faults = publishes(count, 0.2, seed=3)
    assert faults.counted.total() > count
    assert set(counted) <= {"published, said so", "absent, said so", "unpublished prefixes, removed"}, counted
    assert min(counted["published, said so"], counted["absent, said so"]) > 3


def failing(name: str, server: str) -> tuple[str, dict[str, Any]]:
    """A store that cannot be reached, and why."""
    options = options_of(server)
    secret = {"key": "AKIAEXAMPLEKEY", "secret": "wJalrXUtnFEMI/K7MDENG"}
    nowhere = {"endpoint_url": "http://127.0.0.1:1", "region_name": "eu-west-1"}
    password = {"endpoint_url": "http://someone:hunter2secret@127.0.0.1:1", "region_name": "eu-west-1"}
    return {
        "no bucket": ("s3://absent/pairs", options),
        "no server": ("s3://bucket/pairs", options | secret | {"client_kwargs": nowhere}),
        "a password in the URL": ("s3://bucket/pairs", options | secret | {"client_kwargs": password}),
        "no profile": ("s3://bucket/pairs", {"profile": "absent", "skip_instance_cache": True}),
    }[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no bucket", "s3://absent/pairs/objects/"),
        ("no server", "check endpoint_url and the network"),
        ("a password in the URL", "check endpoint_url and the network"),
        ("no profile", "check the credentials"),
    ],
)
def test_an_error_of_a_storage_is_told_in_our_words(name: str, said: str, server: str) -> None:
    url, options = failing(name, server)
    with pytest.raises(StorageError, match=said) as told:
        Store(url, options).publish(couple(1), ACCOUNT)
    message = str(told.value)
    assert message.startswith(url.removesuffix("/pairs"))
    assert not [secret for secret in ("hunter2secret", "someone", "wJalr") if secret in message]


def test_a_fault_while_rows_are_read_names_their_file(shaky: tuple[Store, Faults]) -> None:
    store, faults = shaky
    store.publish(couple(1), ACCOUNT)
    faults.planned = [("GET", "train-00000", "error-before")] * 20
    with pytest.raises(StorageError, match=r"s3://bucket/pairs/objects/\w+/coding/train-00000-of-00001.parquet: "):
        store.read("latest", "train")


def test_what_lasts_is_not_tried_again(server: str) -> None:
    with pytest.raises(StorageDenied, match="make the bucket, or correct the name"):
        Store("s3://absent/pairs", options_of(server)).publish(couple(1), ACCOUNT)


class Refusing:
    """A file system that says all it knows when it refuses."""

    protocol = "s3"

    def cat_file(self, path: str) -> bytes:
        """Refuses."""
        raise PermissionError(f"http://user:word@host/{path}?X-Amz-Signature=abc refused supersecret")

    def unstrip_protocol(self, path: str) -> str:
        """A URL with credentials."""
        return f"s3://user:word@bucket/{path}"


def test_credentials_in_urls_and_options_are_not_told() -> None:
    with pytest.raises(StorageDenied, match=r"^s3://bucket/x: http://host/x\?X-Amz-Signature=") as raised:
        ToldFilesystem(Refusing(), {"client": {"secret": "supersecret"}}).cat_file("x")
    assert not [secret for secret in ("user", "word", "abc", "supersecret") if secret in str(raised.value)]
