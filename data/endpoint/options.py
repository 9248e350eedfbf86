"""What a person decides about a model behind an endpoint: where it is, how requests are sent, what they may cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from contextpairs.data.store.settings import Settings

OWN_FIELDS = {"model", "messages", "stream", "temperature", "seed", "max_tokens", "max_completion_tokens"}
TRANSPORT = {"endpoint", "api_key_env", "concurrency", "timeout", "retries", "backoff", "max_wait", "give_up_after",
             "max_requests", "max_tokens", "cache_dir"}  # fmt: skip
"""Options that say where and how fast a model is asked, never what: they shape no verdict, so no version holds them."""


class RequestOptions(Settings):
    """How requests are sent to an OpenAI-compatible endpoint, and what they may cost."""

    api_key_env: str | None = None
    """Name of the environment variable that holds the key (never the key itself); None sends no key."""

    concurrency: int = Field(default=8, ge=1, le=256)
    """Requests in flight at once."""

    timeout: float = Field(default=120.0, gt=0)
    """Seconds one request may take in all, before it is retried."""

    retries: int = Field(default=5, ge=0)
    """Further attempts after a timeout, a lost connection or a status 408, 409, 429 or 5xx."""

    backoff: float = Field(default=1.0, gt=0)
    """Seconds before the first retry; doubled at each, times a jitter of 0.5 to 1 seeded by the request."""

    max_wait: float = Field(default=60.0, gt=0)
    """Seconds that no wait between attempts exceeds; an endpoint asking for longer leaves the pair owed."""

    give_up_after: int = Field(default=3, ge=1)
    """Requests failing in a row, each after all its retries, that make the endpoint count as down: what
    remains is owed without waiting for it."""

    max_requests: int = Field(default=2_000, ge=0)
    """Spending limit of a run in requests sent, retries included; never exceeded. What remains is owed."""

    max_tokens: int = Field(default=20_000_000, ge=0)
    """Spending limit of a run in tokens, prompts and answers together, as the endpoint's `usage` counts them (an
    estimate where it reports none). An estimate is set aside before a request is sent."""

    max_answer_tokens: int = Field(default=24, ge=8)
    """Length limit of one answer in tokens; raise it for a model that thinks first."""

    answer_limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """Request field that carries max_answer_tokens; some endpoints accept only the newer name."""

    temperature: float | None = Field(default=0.0, ge=0)
    """Sampling temperature; None leaves the field out for endpoints that refuse it."""

    seed: int | None = 0
    """Sampling seed sent along, for a judge also the seed of the canary set; None leaves the field out."""

    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Further request fields, such as `{"chat_template_kwargs": {"enable_thinking": false}}`."""

    @field_validator("extra_body")
    @classmethod
    def _leaves_our_fields(cls, value: dict[str, Any]) -> dict[str, Any]:
        taken = sorted(value.keys() & OWN_FIELDS)
        if taken:
            raise ValueError(f"sets {', '.join(taken)}, for which there are options; use those")
        return value


class EndpointOptions(RequestOptions):
    """A model behind an OpenAI-compatible endpoint."""

    endpoint: str
    """Base URL of the chat completions API, such as `http://127.0.0.1:8000/v1`; a URL that already ends
    in `/chat/completions` is taken as it is. The request cache holds per endpoint."""

    model: str = Field(min_length=1)
    """Model name as the endpoint knows it."""

    cache_dir: Path = Path("out/cache/judge")
    """Local directory of the request cache; every answer is kept, so that a rerun asks only what is owed."""

    @field_validator("endpoint")
    @classmethod
    def _is_plain_url(cls, value: str) -> str:
        import httpx

        try:
            url = httpx.URL(value)
        except httpx.InvalidURL as error:
            raise ValueError(f"not a URL ({error}); expected one like http://127.0.0.1:8000/v1") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"{value!r} is no http(s) URL; expected one like http://127.0.0.1:8000/v1")
        if url.userinfo:
            raise ValueError("holds a user name or password; put the key in a variable named by api_key_env")
        return value
