"""Forms of secrets that providers issue, each recognisable without its surroundings."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class SecretKind(NamedTuple):
    """One form. Its text holds one of `markers` (3 bytes or more), and is what `pattern` matches."""

    name: str
    markers: tuple[str, ...]
    pattern: re.Pattern[str]


def _kind(name: str, markers: str, pattern: str) -> SecretKind:
    return SecretKind(name, tuple(markers.split()), re.compile(pattern))


def _token(name: str, markers: str, pattern: str) -> SecretKind:
    return _kind(name, markers, rf"(?<![A-Za-z0-9_-])(?:{pattern})(?![A-Za-z0-9_])")


KINDS = (
    _token("aws-access-key", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    _token("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    _token("github-token", "b_pat_", r"github_pat_[A-Za-z0-9_]{50,255}"),
    _token("gitlab-token", "glpat- gldt- glrt- glptt- glcbt- glsoat-", r"gl(?:pat|dt|rt|ptt|cbt|soat)-[\w-]{20,}"),
    _token("slack-token", "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs-", r"(?:xoxe\.)?xox[abeoprs]-[\w-]{10,}"),
    _kind("slack-webhook", ".slack.com", r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/_-]{20,}"),
    _token("stripe-key", "sk_live_ rk_live_ sk_test_ rk_test_ whsec_", r"(?:[sr]k_(?:live|test)|whsec)_\w{16,}"),
    _token("google-key", "AIza", r"AIza[\w-]{35}"),
    _token("google-key", "GOCSPX-", r"GOCSPX-[\w-]{28}"),
    _token("google-key", "ya29.", r"ya29\.[\w-]{20,}"),
    _token("openai-key", "T3BlbkFJ", r"sk-[\w-]{16,}T3BlbkFJ[\w-]{16,}"),
    _token("openai-key", "sk-", r"sk-(?:proj|svcacct|admin)-[\w-]{40,}|sk-[A-Za-z0-9]{48}"),
    _token("openrouter-key", "sk-or-", r"sk-or-v1-[0-9a-f]{48,}"),
    _token("anthropic-key", "sk-ant-", r"sk-ant-[\w-]{24,}"),
    _token("huggingface-token", "hf_ i_org_", r"(?:hf|api_org)_(?=\w*[A-Z])(?=\w*[a-z])[A-Za-z0-9]{34,}"),
    _token("groq-key", "gsk_", r"gsk_[A-Za-z0-9]{40,}"),
    _token("xai-key", "xai-", r"xai-[A-Za-z0-9]{40,}"),
    _token("npm-token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _token("npm-token", "hToken", r"(?<=_authToken)\s*=\s*[\w-]{20,}"),
    _token("pypi-token", "-AgE", r"pypi-AgE[\w-]{50,}"),
    _token("docker-token", "dckr_pat_", r"dckr_pat_[\w-]{20,}"),
    _token("sendgrid-key", "SG.", r"SG\.[\w-]{16,32}\.[\w-]{32,64}"),
    _token("mailchimp-key", "-us1 -us2 -us3 -us4 -us5 -us6 -us7 -us8 -us9", r"[0-9a-f]{32}-us\d{1,2}"),
    _token("twilio-key", "AC0 AC1 AC2 AC3 AC4 AC5 AC6 AC7 AC8 AC9 ACa ACb ACc ACd ACe ACf", r"AC[0-9a-f]{32}"),
    _token("twilio-key", "SK0 SK1 SK2 SK3 SK4 SK5 SK6 SK7 SK8 SK9 SKa SKb SKc SKd SKe SKf", r"SK[0-9a-f]{32}"),
    _token("telegram-token", ":AA", r"\d{8,10}:AA[\w-]{33}"),
    _kind("discord-webhook", "i/webhooks/", r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,}"),
    _token("square-token", "sq0", r"sq0(?:atp|csp|idp)-[\w-]{22,43}"),
    _token("digitalocean-token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("vault-token", "hvs. hvb.", r"hv[sb]\.[\w-]{24,}"),
    _token("grafana-token", "glsa_", r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}"),
    _token("linear-key", "n_api_", r"lin_api_[A-Za-z0-9]{40}"),
    _token("shopify-token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _kind("azure-key", "ntKey", r"(?<=AccountKey)\s*=\s*[A-Za-z0-9+/]{86}=="),
    _token("age-key", "AGE-SECRET", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _token("jwt", "eyJ", r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    _kind(
        "private-key",
        "PRIVATE",
        # The body may be quoted, numbered or escaped by the tool that printed it; without an end, base64 lines only.
        r"-----BEGIN (?P<of>[A-Z0-9 ]{0,20})PRIVATE KEY(?: BLOCK)?-----(?:[^\x00]{0,8000}?-----END (?P=of)PRIVATE KEY"
        r"(?: BLOCK)?-----|(?:(?:\s|\\n|[\d:>|+\"' -]){0,16}[A-Za-z0-9+/=]{40,})+)",
    ),
)


class MarkerTable:
    """Which markers a text holds, by one table look-up per byte: forty searches would cost ten times as much."""

    def __init__(self, kinds: tuple[SecretKind, ...]) -> None:
        self._kinds = kinds
        codes = np.array([_codes(m.encode())[0] for kind in kinds for m in kind.markers], np.uint32)
        self._is_marker = np.zeros(1 << 24, bool)
        self._is_marker[codes] = True
        self._by_code: dict[int, list[tuple[str, int]]] = {}
        for index, kind in enumerate(kinds):
            for marker in kind.markers:
                self._by_code.setdefault(int(_codes(marker.encode())[0]), []).append((marker, index))

    def kinds_in(self, text: str) -> list[SecretKind]:
        """The kinds of which a marker stands in `text`, in table order."""
        if len(text) < 3:
            return []
        codes = _codes(text.encode("utf-8", "surrogatepass"))
        found = {int(code) for code in np.unique(codes[self._is_marker[codes]])}
        indexes = {index for code in found for marker, index in self._by_code[code] if marker in text}
        return [self._kinds[index] for index in sorted(indexes)]


def _codes(data: bytes) -> npt.NDArray[np.uint32]:
    """The three bytes at each position as one number."""
    values = np.frombuffer(data, np.uint8).astype(np.uint32)
    codes = values[:-2] << np.uint32(8)
    codes |= values[1:-1]
    codes <<= np.uint32(8)
    codes |= values[2:]
    return codes


MARKERS = MarkerTable(KINDS)
