"""What a person decides about the judge."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contextpairs.data.endpoint.options import EndpointOptions


class JudgeOptions(EndpointOptions):
    """The judge: any OpenAI-compatible endpoint that picks the context which supports an answer."""

    examples: bool = True
    """Show two worked examples first, about 400 tokens a request: small models keep to the form with them."""

    max_context_chars: int = Field(default=60_000, ge=200)
    """Characters of one context shown to the judge; the longest turns lose their middle first, with a mark."""

    on_unparsable: Literal["reject", "keep"] = "reject"
    """What an answer outside the closed set does to a pair; keep still rejects if the other order is wrong."""

    canary_pairs: int = Field(default=24, ge=1, le=240)
    """Pairs of the canary set; each is asked in both orders, with and without its planted instruction."""
