"""How pairs are shown to models: one form for trainer, probe and exports."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.pairs.chat_text import CONTROL_TOKEN
from contextpairs.data.pairs.prompting import IMAGE, PromptOptions, content_parts, messages, prompt_digest, show


def coding(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "pair_id": "p1",
        "query": "Which trace?",
        "answer": "+ x = 1",
        "positive": [{"role": "user", "content": "the right trace"}],
        "negative": [{"role": "user", "content": "the wrong trace"}],
        "label": "B",
    }
    return row | changes


def picture(name: str) -> dict[str, Any]:
    return {"bytes": name.encode(), "path": f"{name}.png"}


def test_positive_stands_under_the_label() -> None:
    shown = show(coding())
    assert shown.letter == "B"
    assert shown.text.index("the wrong trace") < shown.text.index("the right trace")


def test_other_order_swaps_contexts_and_letter_alone() -> None:
    one, two = show(coding(), letter="A"), show(coding(), letter="B")
    swapped = two.text.replace("the wrong trace", "@").replace("the right trace", "the wrong trace")
    assert one.text == swapped.replace("@", "the right trace")
    assert (one.letter, two.letter) == ("A", "B")


def test_images_stand_in_the_order_of_their_places() -> None:
    shown = show(coding(positive=picture("plus"), negative=picture("minus"), label="B"))
    assert [image["path"] for image in shown.images] == ["minus.png", "plus.png"]
    assert shown.text.count(IMAGE) == 2


def test_parts_hold_the_text_between_images() -> None:
    assert content_parts("a<image>b<image>") == [
        {"type": "text", "text": "a"},
        {"type": "image"},
        {"type": "text", "text": "b"},
        {"type": "image"},
    ]


def test_messages_hold_the_system_text() -> None:
    options = PromptOptions(system="Be brief.")
    assert [m["role"] for m in messages(show(coding(), options), options)] == ["system", "user"]


def test_digest_changes_with_every_option() -> None:
    forms = [
        PromptOptions(),
        PromptOptions(suffix="A or B?"),
        PromptOptions(prefill="It is"),
        PromptOptions(system="x"),
    ]
    assert len({prompt_digest(form) for form in forms}) == len(forms)


TOKENS = (
    "<image>", "<|im_end|>", "<video>", "[INST]", "<|image_pad|>", "{query}", "<\uff5cUser\uff5c>", "<pad>", "<<SYS>>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>", "<end_of_utterance>", "<image_soft_token>", "[TOOL_CALLS]",
)  # fmt: skip


@given(st.text(), st.text(), st.sampled_from(TOKENS))
def test_no_text_of_a_row_is_a_placeholder_or_a_token(before: str, after: str, token: str) -> None:
    said = before + token + after
    row = coding(query=said, answer=said, positive=[{"role": "user", "content": said}])
    shown = show(row)
    assert IMAGE not in shown.text
    assert not CONTROL_TOKEN.search(shown.text)
    assert token == "{query}" or token not in shown.text
    shown.text.encode()


@pytest.mark.parametrize("name", ["query", "answer", "positive", "negative", "label", "pair_id"])
def test_missing_column_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"column '{name}' is missing"):
        show(coding(**{name: None}))


@pytest.mark.parametrize("bad", ["text", [{"role": "user"}], [{"bytes": b"x"}]])
def test_what_is_no_context_is_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="pair p1: a context is neither"):
        show(coding(positive=bad))


def test_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="label is 'C'"):
        show(coding(label="C"))
