"""Secrets, e-mail addresses and user names replaced by fixed words, the same everywhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from math import log2

from contextpairs.data.code.trajectory import Message
from contextpairs.data.store.settings import Settings
from contextpairs.filters.coding.secret_kinds import MARKERS

EMAIL = "[email]"
PASSES = 100
"""Passes after which a text stays as it is."""
# No pattern matches across NUL, nor across white space inside a URL.
_JOINT = "\n\x00\n"

_AT = re.compile(r"@(?<=\w@)(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+([A-Za-z]{2,10})(?![\w(\[]|-\w|\.\w)")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[\w.+-]*\w)?$")
_IN_URL = re.compile(r"://[^\s/@\"'<>]*$")
_REMOTE_USERS = {"git", "hg", "svn"}
_RESERVED = re.compile(r"(?:^|[.@])(?:example\.(?:com|org|net)|example|test|invalid|localhost)$", re.I)
# Generic domains that people have addresses in; other words after a dot are attributes (`a@b.inverse`).
_GENERIC = (
    "com org net edu gov mil int info biz name pro io dev app ai cloud tech online site xyz email blog example test "
    "invalid localhost"
)
# Countries, but for py, sh and so: those are file names.
_COUNTRIES = (
    "ac ad ae af ag al am ao ar at au az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci cl "
    "cm cn co cr cu cv cy cz de dj dk dm do dz ec ee eg es et eu fi fj fm fo fr ga gd ge gg gh gi gl gm gn gr gt gy hk "
    "hn hr ht hu id ie il im in iq ir is it je jm jo jp ke kg kh kr kw ky kz la lb li lk lr lt lu lv ly ma mc md me mg "
    "mk ml mm mn mo mt mu mv mw mx my mz na ne ng ni nl no np nz om pa pe ph pk pl pm pr ps pt pw qa re ro rs ru rw sa "
    "sc sd se sg si sk sl sm sn st su sv sy sz tc td tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve "
    "vg vi vn vu wf ws ye za zm zw"
)
_TOP_LEVEL = frozenset(_GENERIC.split() + _COUNTRIES.split())
_USER_NAME = r"(?!user\b|\.)(?:[\w.+-]+(?=[/\\])|[\w+-]+(?![\w.+-]))"
# Each begins with fixed characters, which the engine skips to.
_USER_PATHS = (
    re.compile(rf"/home/(?<![\w.]/home/){_USER_NAME}"),
    re.compile(rf"/Users/(?<![\w.]/Users/){_USER_NAME}"),
    re.compile(rf":\\{{1,2}}Users\\{{1,2}}{_USER_NAME}"),
)
_BASIC_AUTH = re.compile(r"://([^\s/@:\"'<>$({\[]+):([^\s/@\"'<>$({\[]{3,})@([\w.-]+)")
_ASSIGNED = re.compile(r"[:=]>?\s*[\"']?(?P<value>[A-Za-z0-9+/_-]{20,}={0,2})(?![\w.(\[/+-])")
_KEYWORD = re.compile(
    r"(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)(?:[_-]\w{1,12})?"
    r"[\"'\]\s]{0,4}$",
    re.I,
)
_PLACEHOLDER = re.compile(
    r"example|dummy|fake|test|sample|placeholder|your|redact|insecure|change|x{4}|12345|abcdef", re.I
)
_PLACEHOLDER_PASSWORD = re.compile(r"(?:my)?(?:pass|passw(?:or)?d|pw|pwd|secret|token|\*+|x+|\.+|%\w+)\d{0,4}", re.I)
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
# Bits per character; 32 random hexadecimal digits have 3.4, as many random letters and digits 4.5.
_LEAST_ENTROPY_HEX, _LEAST_ENTROPY = 3.0, 3.6


class RedactionOptions(Settings):
    """What is replaced."""

    secrets: bool = True
    """Keys and tokens in the forms of known providers, private keys, passwords in URLs: `[secret: kind]`."""
    keywords: bool = True
    """Random-looking values assigned to names like `api_key` or `password`; words and placeholders stay."""
    emails: bool = True
    """E-mail addresses: `[email]`."""
    keep_reserved_domains: bool = False
    """Leave addresses of example.com, .test and the like: they belong to nobody, but every audit asks about them."""
    user_paths: bool = True
    """User names in /home/NAME, /Users/NAME and C:\\Users\\NAME become `user`."""


def redact(text: str, options: RedactionOptions | None = None) -> tuple[str, dict[str, int]]:
    """Replace what may name a person or open a door; redacting twice changes nothing.

    Returns:
        The text and how many replacements were made by kind: the secret kinds, `assigned-secret`, `basic-auth`,
        `email`, `user-path`.
    """
    options = options or RedactionOptions()
    counts: Counter[str] = Counter()
    redacted = _redact_once(text, options, counts)
    # A replacement can set free what stood too close to it to be told apart before.
    for _ in range(PASSES):
        if redacted == text or not counts.keys() - {"user-path"}:
            break
        text, redacted = redacted, _redact_once(redacted, options, counts)
    return redacted, dict(sorted(counts.items()))


def _redact_once(text: str, options: RedactionOptions, counts: Counter[str]) -> str:
    if options.secrets:
        text = _without_issued_secrets(text, counts)
        text = _BASIC_AUTH.sub(partial(_basic_auth, counts), text)
    if options.keywords:
        text = _ASSIGNED.sub(partial(_assigned, counts), text)
    if options.emails:
        text = _without_emails(text, options.keep_reserved_domains, counts)
    return _without_user_names(text, counts) if options.user_paths else text


def redact_messages(
    messages: Sequence[Message], options: RedactionOptions | None = None
) -> tuple[list[Message], dict[str, int]]:
    """Every turn redacted; one pass over the whole trace, which costs a fraction of a pass per turn."""
    if any("\x00" in message.content for message in messages):
        return _one_by_one(messages, options)
    text, counts = redact(_JOINT.join(message.content for message in messages), options)
    if not counts:
        return list(messages), {}
    contents = text.split(_JOINT) if messages else []
    return [Message(role, content) for (role, _), content in zip(messages, contents, strict=True)], counts


def _one_by_one(messages: Sequence[Message], options: RedactionOptions | None) -> tuple[list[Message], dict[str, int]]:
    counts: Counter[str] = Counter()
    redacted: list[Message] = []
    for role, content in messages:
        text, found = redact(content, options)
        counts.update(found)
        redacted.append(Message(role, text))
    return redacted, dict(sorted(counts.items()))


def _without_issued_secrets(text: str, counts: Counter[str]) -> str:
    for kind in MARKERS.kinds_in(text):
        text = kind.pattern.sub(partial(_issued, kind.name, counts), text)
    return text


def _issued(kind: str, counts: Counter[str], match: re.Match[str]) -> str:
    # Documentation keys say so themselves (AKIAIOSFODNN7EXAMPLE), and tests compare with them.
    if "EXAMPLE" in match.group():
        return match.group()
    counts[kind] += 1
    return f"[secret: {kind}]"


def _basic_auth(counts: Counter[str], match: re.Match[str]) -> str:
    user, password, host = match.groups()
    if _RESERVED.search(host) or _PLACEHOLDER_PASSWORD.fullmatch(password):
        return match.group()
    counts["basic-auth"] += 1
    return f"://{user}:[secret: basic-auth]@{host}"


def _assigned(counts: Counter[str], match: re.Match[str]) -> str:
    value = match["value"]
    line = match.string[max(0, match.start() - 40) : match.start()]
    if not _KEYWORD.search(line) or not _looks_random(value):
        return match.group()
    counts["assigned-secret"] += 1
    return match.group().replace(value, "[secret: assigned-secret]")


def _looks_random(value: str) -> bool:
    if sum(c.isdigit() for c in value) < 3 or sum(c.isalpha() for c in value) < 3 or _PLACEHOLDER.search(value):
        return False
    return _entropy(value) >= (_LEAST_ENTROPY_HEX if _HEX.fullmatch(value) else _LEAST_ENTROPY)


def _entropy(value: str) -> float:
    shares = [value.count(char) / len(value) for char in sorted(set(value))]
    return -sum(share * log2(share) for share in shares)


def _without_emails(text: str, keep_reserved: bool, counts: Counter[str]) -> str:
    out: list[str] = []
    end = 0
    for at in _AT.finditer(text):
        start = _local_start(text, at.start(), end)
        if start is None or not _is_address(text[start : at.end()], at[1], keep_reserved):
            continue
        out += [text[end:start], EMAIL]
        end = at.end()
        counts["email"] += 1
    return "".join([*out, text[end:]]) if out else text


def _local_start(text: str, at: int, floor: int) -> int | None:
    """Where the name before the `@` begins, or None where it is the user part of a URL."""
    before = text[max(floor, at - 80) : at]
    local = _LOCAL.search(before)
    if local is None or _IN_URL.search(before):
        return None
    start = at - len(before) + local.start()
    # The n of a quoted `\n` is no part of the name.
    is_escape = start > 0 and text[start - 1] == "\\" and text[start] in "nrt" and start + 1 < at
    return start + 1 if is_escape else start


def _is_address(address: str, top_level: str, keep_reserved: bool) -> bool:
    if top_level.lower() not in _TOP_LEVEL or address.split("@")[0].lower() in _REMOTE_USERS:
        return False
    return not (keep_reserved and _RESERVED.search(address))


def _without_user_names(text: str, counts: Counter[str]) -> str:
    for pattern in _USER_PATHS:
        text, found = pattern.subn(_user_path, text)
        if found:
            counts["user-path"] += found
    return text


def _user_path(match: re.Match[str]) -> str:
    path = match.group()
    return path[: max(path.rfind("/"), path.rfind("\\")) + 1] + "user"
