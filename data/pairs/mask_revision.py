"""The revision of the mask that a version of coding pairs was built under, and what to say of an older one."""

from __future__ import annotations

MASK_REVISION = 1
"""Raise it with every change of what is masked or of what stands for it: marks, rules, what counts as a secret or is
known, how text is read. Then versions built before are named wherever they are used, for they may show what the mask
hides now. A change that leaves every masked text as it was leaves it alone; the digest beside its test tells."""


def old_mask(domain: str, revision: int | None, version: str) -> str | None:
    """The warning of a version that was built under an older mask than this code's; None where there is none to give.

    Args:
        domain: of its pairs; pictures are not masked.
        revision: as its manifest has it; None, before there were any.
        version: its name.
    """
    if domain != "coding" or (revision is not None and revision >= MASK_REVISION):
        return None
    built = "before masks had revisions" if revision is None else f"under mask revision {revision}"
    return (
        f"warning: {version} was built {built}, and this code masks by revision {MASK_REVISION}: its traces may show "
        "what is masked now; build it again from its sources"
    )
