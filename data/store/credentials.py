"""Credentials given where they would be stored: as a field of a configuration, instead of in the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SECRET_NAME = (
    "secret|passw|passphrase|token$|^key$|api_?key|access_?key|account_?key|credential|^sas|connection_?string"
)
"""Names of storage options that hold a secret, as s3fs, gcsfs, adlfs and their kin have them."""
WITH_PASSWORD = r"://[^/@\s]*:[^/@\s]*@"
"""Part of a URL that holds a password."""
PLACES = frozenset({"storage", "dest_storage"})
"""Fields that hold the options of a storage."""


def credentials_in(fields: Mapping[str, Any]) -> Iterator[str]:
    """Places of a nested configuration, as `source.storage.secret`, that hold a credential."""
    return _found(fields, "", of_storage=False)


def _found(value: Any, place: str, of_storage: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            inner = f"{place}.{name}" if place else str(name)
            if of_storage and re.search(SECRET_NAME, str(name)):
                yield inner
            else:
                yield from _found(each, inner, of_storage or name in PLACES)
    elif isinstance(value, str):
        if re.search(WITH_PASSWORD, value):
            yield place
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for at, each in enumerate(value):
            yield from _found(each, f"{place}.{at}", of_storage)


def forbid_credentials(name: str, schema: dict[str, Any]) -> None:
    """Have the JSON schema of a field refuse what `credentials_in` finds, whoever checks by it.

    Args:
        name: of the field.
        schema: of the field; changed in place.
    """
    if name in PLACES:
        schema["propertyNames"] = {"not": {"pattern": SECRET_NAME}}
    if schema.get("type") == "string" and "enum" not in schema:
        schema["not"] = {"pattern": WITH_PASSWORD}
    for each in (*schema.get("anyOf", ()), schema.get("items")):
        if isinstance(each, dict):
            forbid_credentials("", each)
