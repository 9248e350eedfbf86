"""The dataset card of a version: its README.md, written from its manifest alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from contextpairs.data.sources.files.safe_text import in_markdown
from contextpairs.data.store.manifest import Manifest, NearnessScale

CARD_NAME = "README.md"
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LOOSE_LICENSES = {"": "unknown", "none": "unknown", "unknown": "unknown"}
WHAT = """\
Each row asks which of two contexts supports an answer. `positive` supports the pair of `query` and `answer`;
`negative` is a confounder: surface-similar, different in what decides, supporting another answer. A model trained on
them is shown both as options A and B and must name the letter of the positive.

Every couple of contexts occurs as two rows, mirrors of each other: each context is the positive once and the negative
once, so nothing in a context alone tells which it is. Mirrors carry opposite letters, so both rows show the same
contexts in the same places and differ in the answer. Letters are balanced exactly within each split. A group
(`group_id`) and a context stand in one split only."""


@dataclass(frozen=True, slots=True)
class CardWording:
    """What the card says of one domain and of no other."""

    what: str
    """What the contexts are."""
    strategy: str
    contexts: str
    provenance: str
    example: str
    """An expression of the first row that prints well."""
    columns: str
    """What SQL selects."""
    tags: tuple[str, ...] = ()


WORDINGS = {
    "coding": CardWording(
        what="The contexts are trajectories, recorded runs of an agent, with the answer masked in them.",
        strategy="how the couple was found: trajectory",
        contexts="contexts: lists of {role, content}",
        provenance="JSON: sources with hashes and licences, models, seeds, verdicts",
        example='["query"]',
        columns="*",
    ),
    "images": CardWording(
        what=(
            "The contexts are images: `query` asks about an image, `answer` is right for `positive` and wrong for "
            "`negative`. Images are the files as they came, byte for byte: any format, size and colour mode that "
            "their source had, EXIF orientation not applied. Only edited images were made here."
        ),
        strategy="how the couple was found: edit (one image made from the other) or retrieval (both from the source)",
        contexts="contexts: one image each, {bytes, path}; path is the file's name in its source, or empty",
        provenance="JSON: sources with hashes and licences, kind of image, options, models, seeds, verdicts",
        example='["positive"]',
        columns="query, answer, label, octet_length(positive.bytes), octet_length(negative.bytes)",
        tags=("visual-question-answering",),
    ),
}


def render_card(manifest: Manifest) -> str:
    """The card of a version.

    Args:
        manifest: with `rows` and its Parquet `files` filled.

    Returns:
        Markdown with a YAML head that `datasets` and the Hub read.
    """
    return f"---\n{_head(manifest)}---\n\n# {manifest.title}\n\n" + "\n\n".join(_body(manifest)) + "\n"


def _head(manifest: Manifest) -> str:
    head: dict[str, Any] = {
        "pretty_name": manifest.title,
        "license": _license_names(manifest) or ["unknown"],
        "tags": ["contrastive", "context-selection", manifest.domain, *WORDINGS[manifest.domain].tags],
        "size_categories": [_size(sum(manifest.rows.values()))],
        "configs": [{"config_name": manifest.domain, "default": True, "data_files": _data_files(manifest)}],
    }
    text: str = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)
    return text


def _data_files(manifest: Manifest) -> list[dict[str, str]]:
    return [{"split": split, "path": f"{manifest.domain}/{split}-*.parquet"} for split in _splits(manifest)]


def _splits(manifest: Manifest) -> list[str]:
    """Splits that hold rows, train first: an empty one would only be a stumbling block for loaders."""
    return sorted((split for split, rows in manifest.rows.items() if rows), key=lambda split: (split != "train", split))


def _license_names(manifest: Manifest) -> list[str]:
    names = {LOOSE_LICENSES.get(name.lower(), name.lower().replace(" ", "-")) for name in manifest.licenses}
    return sorted(names)


def _size(rows: int) -> str:
    return next((name for limit, name in SIZES if rows < limit), "n>1M")


def _body(manifest: Manifest) -> Iterable[str]:
    wording = WORDINGS[manifest.domain]
    yield WHAT
    yield wording.what
    yield from _loading(manifest, wording)
    yield "## Rows\n\n" + _table(("split", "rows"), sorted(manifest.rows.items(), reverse=True))
    yield _table(("column", "what it holds"), _columns(wording))
    yield "## Funnel\n\n" + _funnel(manifest)
    yield "## Audit\n\n" + _audit(manifest)
    yield "## Contamination\n\n" + _contamination(manifest)
    yield "## Judge\n\n" + (manifest.judge or "None: the deterministic filters stood alone.")
    if manifest.models:
        yield "## Models\n\n" + _table(("role", "model"), [(each.role, each.in_words()) for each in manifest.models])
    if manifest.nearness:
        yield "## Nearness\n\n" + _nearness(manifest.nearness)
    yield "## Sources and licences\n\n" + _sources(manifest)
    yield "## Known limits\n\n" + ("\n".join(f"- {_cell(note)}" for note in manifest.notes) or "None noted.")


def _loading(manifest: Manifest, wording: CardWording) -> Iterable[str]:
    split = next(iter(_splits(manifest)), "train")
    yield "## Loading"
    domain = manifest.domain
    yield (
        "```python\nfrom datasets import load_dataset\n\n"
        f'pairs = load_dataset("path/of/this/folder", "{domain}")\nprint(pairs["{split}"][0]{wording.example})\n```'
    )
    yield f"Plain Parquet, so `SELECT {wording.columns} FROM '{domain}/{split}-*.parquet'` in DuckDB does as well."


def _columns(wording: CardWording) -> list[tuple[str, str]]:
    return [
        ("pair_id", "hash of what the row says, the same in every rebuild"),
        ("mirror_id", "pair_id of the mirror"),
        ("group_id", "what never straddles splits"),
        ("strategy", wording.strategy),
        ("query, answer", "what the contexts are judged by"),
        ("positive, negative", wording.contexts),
        ("label", "A or B: where the positive stands when shown"),
        ("scores", "JSON: every measure that a condition or filter used"),
        ("provenance", wording.provenance),
    ]


def _funnel(manifest: Manifest) -> str:
    if not manifest.funnel:
        return "Not recorded."
    rows = [(s.stage, s.unit, s.rows_in, s.rows_out, _reasons(s.reasons, s.owed)) for s in manifest.funnel]
    return _table(("stage", "unit", "in", "out", "rejected"), rows)


def _reasons(reasons: dict[str, int], owed: int) -> str:
    counted = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{reason} {count:,}" for reason, count in counted if count] + ([f"(owed {owed:,})"] if owed else [])
    return ", ".join(parts)


def _audit(manifest: Manifest) -> str:
    if not manifest.audit:
        return "Not measured."
    rows = [(a.name, a.split, f"{a.accuracy:.3f}", f"{a.low:.3f} to {a.high:.3f}", a.n) for a in manifest.audit]
    return "Baselines that see less than the pair; 0.5 is chance.\n\n" + _table(
        ("baseline", "split", "accuracy", "95 % interval", "pairs"), rows
    )


def _contamination(manifest: Manifest) -> str:
    if not manifest.contamination:
        return "Not checked against evaluation sets."
    return _table(("rule", "hits, dropped"), sorted(manifest.contamination.items()))


def _nearness(scale: NearnessScale) -> str:
    quartiles = ", ".join(f"{each:.2f}" for each in scale.quartiles)
    return (
        "`scores.nearness` of couples that were retrieved is 0 where their cosine is that of random pictures of the "
        f"set (median {scale.random:.3f}), and 1 where it is that of a picture and its own crop (median "
        f"{scale.same:.3f} of {scale.pictures} pictures). Its quartiles are {quartiles}."
    )


def _sources(manifest: Manifest) -> str:
    sources = [(source.uri, source.rows, source.fingerprint[:16]) for source in manifest.sources]
    licenses = sorted(manifest.licenses.items(), key=lambda item: (-item[1], item[0]))
    tables = [_table(("source", "rows read", "fingerprint"), sources)] if sources else ["No sources recorded."]
    if licenses:
        tables.append(_table(("licence of the source", "rows"), [(name or "unknown", rows) for name, rows in licenses]))
    return "\n\n".join(tables)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    """Text that cannot break out of its table cell or its line, nor become a link."""
    if isinstance(value, int):
        return f"{value:,}"
    return in_markdown(str(value))
