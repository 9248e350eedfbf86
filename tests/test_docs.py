"""The pages: links lead somewhere, the README stays short, the manual knows every reason, the picture is current."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.house import PICTURE, drawn
from benchmarks.reasons import REASONS, explained, written

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
DECLARED = re.compile(r"(?:\w+_)?REASONS|(?:Vqa)?Reason")
"""Names under which a module lists the reasons it gives."""


def without_code(page: Path) -> str:
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Of a page's headings, as they are made where the pages are shown."""
    titles = re.findall(r"^#+ (.+)$", without_code(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in LINK.findall(without_code(page)):
        place, _, anchor = link.partition("#")
        if "://" not in link:
            target = page.parent / place if place else page
            assert target.is_file(), link
            assert not anchor or anchor in anchors(target), link


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in LINK.findall(without_code(ROOT / "README.md"))}
    assert {f"docs/{page.name}" for page in PAGES[1:]} <= linked


def test_the_readme_is_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def reasons_of(path: Path) -> Iterator[str]:
    """Words that a module lists as its reasons, names of its own constants included."""
    constants: dict[str, str] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str(word))):
                constants[name] = word
            case ast.Assign(targets=[ast.Name(name)], value=value) if DECLARED.fullmatch(name):
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value
                    elif isinstance(part, ast.Name) and part.id in constants:
                        yield constants[part.id]


def test_the_manual_explains_every_reason_that_a_module_lists() -> None:
    files = [path for floor in ("data", "builders", "filters", "pipelines") for path in (ROOT / floor).rglob("*.py")]
    listed = {reason for path in files for reason in reasons_of(path)} - {""}
    explained = set(re.findall(r"`([a-z-]+)`", (ROOT / "docs" / "manual.md").read_text(encoding="utf-8")))
    assert len(listed) > 40
    assert listed - explained == set()


def test_the_command_line_explains_reasons_as_the_manual_does() -> None:
    assert REASONS.read_text(encoding="utf-8") == written(), "python -m benchmarks.reasons writes it anew"
    sections = explained()
    assert len(sections) == 8
    assert all(told["means"] for reasons in sections.values() for told in reasons.values())


def test_every_threat_names_a_test_that_is_there() -> None:
    lines = [
        line for line in (ROOT / "docs" / "threats.md").read_text(encoding="utf-8").splitlines() if line[:2] == "| "
    ]
    held = [line for line in lines if not line.startswith("| attempt ")]
    assert len(held) > 15
    for line in held:
        path, _, name = line.rsplit("|", 2)[1].strip(" `").partition("::")
        assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8"), line


def test_the_picture_of_the_house_is_current() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn(), "python -m benchmarks.house draws it anew"
