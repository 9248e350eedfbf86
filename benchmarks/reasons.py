"""What the command line says of a reason: the tables of the manual, as a file that the package carries.

python -m benchmarks.reasons    # writes pipelines/cli/reasons.yaml from docs/manual.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
MANUAL, REASONS = ROOT / "docs" / "manual.md", ROOT / "pipelines" / "cli" / "reasons.yaml"
CHAPTER = "## The funnel: every reason and its remedy"
HEAD = "# Made from docs/manual.md by `python -m benchmarks.reasons`.\n"
Explained = dict[str, dict[str, dict[str, str]]]
"""By section and reason: what it means, and the remedy where the manual tells one."""


def explained() -> Explained:
    """The tables of the manual's chapter on reasons, without marks of Markdown."""
    chapter = MANUAL.read_text(encoding="utf-8").partition(CHAPTER)[2]
    sections = re.split(r"^### ", chapter, flags=re.MULTILINE)[1:]
    return {section.partition("\n")[0]: dict(_reasons(section)) for section in sections}


def _reasons(section: str) -> Iterator[tuple[str, dict[str, str]]]:
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    for line in lines:
        named, means, *remedy = (cell.strip() for cell in line.strip("|").split(" | "))
        for reason in re.findall(r"`([a-z.-]+)`", named):
            yield reason, {"means": _plain(means), **({"remedy": _plain(remedy[0])} if remedy else {})}


def _plain(cell: str) -> str:
    return cell.strip().replace("`", "")


def written() -> str:
    """The file."""
    dumped: str = yaml.safe_dump(explained(), sort_keys=False, allow_unicode=True, width=1000)
    return HEAD + dumped


if __name__ == "__main__":
    REASONS.write_text(written(), encoding="utf-8")
    print(REASONS)
