"""Block Kit's limits: at the limit it is taken, one beyond it is not, and nothing crashes the check."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.workspace.blocks import check_blocks, with_ids
from app.demo.workspace.model import SlackError

Block = dict[str, Any]


def plain(length: int) -> Block:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int = 1) -> Block:
    return {"type": "mrkdwn", "text": "x" * length}


def button(**more: Any) -> Block:
    return {"type": "button", "text": plain(3), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def section(length: int = 1) -> Block:
    return {"type": "section", "text": mrkdwn(length)}


def confirm(title: int = 1, text: int = 1, word: int = 1) -> Block:
    return {"title": plain(title), "text": mrkdwn(text), "confirm": plain(word), "deny": plain(word)}


def image(**more: Any) -> Block:
    return {"type": "image", "alt_text": "a", **more}


def option(text: int = 1, value: int = 1) -> Block:
    return {"text": plain(text), "value": "v" * value}


def faults(blocks: Any) -> list[str]:
    try:
        check_blocks(blocks, lambda file_id: file_id == "F0READY0001")
    except SlackError as error:
        return list(error.extra.get("response_metadata", {}).get("messages", [error.code]))
    return []


GOOD: list[Block] = [
    section(3000),
    {"type": "section", "fields": [mrkdwn(1000) for _ in range(10)]},
    {"type": "section", "text": plain(1), "accessory": image(image_url="https://example.org/a.jpg")},
    {"type": "header", "text": plain(150)},
    {"type": "context", "elements": [mrkdwn(), plain(1), image(slack_file={"id": "F0READY0001"})]},
    {"type": "divider", "block_id": "b" * 255},
    {"type": "markdown", "text": "x" * 12_000},
    image(slack_file={"id": "F0READY0001"}, title=plain(5)),
    actions(*(button(action_id=f"a{n}") for n in range(25))),
    actions(button(style="danger", value="v" * 2000, action_id="a" * 255, confirm=confirm(100, 300, 30))),
    actions({"type": "static_select", "options": [option(75, 75)], "placeholder": plain(150)}),
    actions({"type": "overflow", "options": [option()] * 5}),
]

BAD: list[tuple[Block, str]] = [
    (section(3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    (section(0), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    (
        {"type": "section", "fields": [mrkdwn()] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    ({"type": "section", "fields": [mrkdwn(2001)]}, "must be less than 2001 characters"),
    ({"type": "section", "text": "x"}, "must be an object [json-pointer:/blocks/0/text]"),
    ({"type": "section", "text": {"type": "html", "text": "x"}}, "unsupported type: html"),
    ({**section(), "colour": "red"}, "invalid additional property: colour [json-pointer:/blocks/0]"),
    (
        {**section(), "block_id": "b" * 256},
        "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ),
    ({"type": "header", "text": plain(151)}, "must be less than 151 characters"),
    ({"type": "header", "text": mrkdwn()}, "must be plain_text [json-pointer:/blocks/0/text/type]"),
    ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
    ({"type": "context", "elements": [mrkdwn()] * 11}, "no more than 10 items allowed"),
    ({"type": "context", "elements": []}, "no less than 1 items allowed"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button"),
    ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters"),
    ({"type": "carousel"}, "unsupported type: carousel [json-pointer:/blocks/0/type]"),
    ({"text": plain(1)}, "missing required field: type"),
    (image(), "exactly one of image_url and slack_file is required"),
    (
        image(image_url="https://e.org/a", slack_file={"id": "F0READY0001"}),
        "exactly one of image_url and slack_file",
    ),
    (image(image_url="file:///etc/passwd"), "must be a valid URL"),
    (image(image_url="https://e.org/" + "a" * 3000), "must be less than 3001 characters"),
    (image(slack_file={"id": "F0NOTREADY1"}), "invalid slack file [json-pointer:/blocks/0/slack_file]"),
    ({"type": "image", "image_url": "https://e.org/a"}, "missing required field: alt_text"),
    (actions(*(button(action_id=f"a{n}") for n in range(26))), "no more than 25 items allowed"),
    (actions(button(action_id="a"), button(action_id="a")), 'action_id "a" already exists'),
    (actions({"type": "button", "text": plain(76)}), "must be less than 76 characters"),
    (actions({"type": "button", "text": mrkdwn()}), "must be plain_text"),
    (actions(button(value="v" * 2001)), "must be less than 2001 characters"),
    (actions(button(style="green")), "must be one of: primary, danger"),
    (actions(button(action_id="a" * 256)), "must be less than 256 characters"),
    (actions(button(confirm=confirm(title=101))), "must be less than 101 characters"),
    (actions(button(confirm=confirm(text=301))), "must be less than 301 characters"),
    (actions(button(confirm=confirm(word=31))), "must be less than 31 characters"),
    (actions(button(confirm={"title": plain(1)})), "missing required field: confirm"),
    (actions({"type": "static_select", "options": [option()] * 101}), "no more than 100 items allowed"),
    (actions({"type": "static_select", "options": [option(76)]}), "must be less than 76 characters"),
    (actions({"type": "static_select", "options": [option(1, 151)]}), "must be less than 151 characters"),
    (actions({"type": "overflow", "options": [option()] * 6}), "no more than 5 items allowed"),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_a_block_at_its_limits_is_taken(block: Block) -> None:
    assert faults([block]) == []


@pytest.mark.parametrize(("block", "expected"), BAD, ids=[expected[:48] for _, expected in BAD])
def test_a_block_beyond_a_limit_is_refused_with_the_place(block: Block, expected: str) -> None:
    assert any(expected in fault for fault in faults([block])), faults([block])


def test_fifty_blocks_are_a_message_and_fifty_one_are_not() -> None:
    assert faults([section()] * 50) == []
    assert faults([section()] * 51) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]


def test_all_faults_are_told_at_once() -> None:
    assert len(faults([section(0), {"type": "header"}, {"type": "nonsense"}])) == 4


def test_the_same_block_id_twice_is_refused() -> None:
    twice = [{"type": "divider", "block_id": "d"}, {"type": "divider", "block_id": "d"}]
    assert faults(twice) == ['[ERROR] block_id "d" already exists [json-pointer:/blocks/1]']


def test_blocks_that_are_each_within_their_limit_can_be_too_long_together() -> None:
    assert faults([section(3000)] * 4) == []
    assert faults([section(3000)] * 5) == ["msg_blocks_too_long"]


def test_markdown_is_counted_over_the_whole_message() -> None:
    two = [{"type": "markdown", "text": "x" * 6_001}] * 2
    assert faults(two) == [
        "[ERROR] markdown blocks exceed 12000 characters together [json-pointer:/blocks/1]"
    ]


def test_ids_that_are_missing_are_given_and_those_that_are_there_are_kept() -> None:
    numbers = iter(range(100))
    named = with_ids(
        [actions(button(), button(action_id="mine")), {**section(), "accessory": button()}],
        lambda: f"id{next(numbers)}",
    )
    assert [element["action_id"] for element in named[0]["elements"]] == ["id1", "mine"]
    assert named[1]["accessory"]["action_id"] and named[1]["block_id"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
words = st.sampled_from(
    [
        "type",
        "text",
        "fields",
        "elements",
        "accessory",
        "confirm",
        "options",
        "slack_file",
        "style",
        "title",
        "value",
    ]
)
kinds = st.sampled_from(
    [
        "section",
        "header",
        "context",
        "divider",
        "image",
        "actions",
        "markdown",
        "button",
        "static_select",
        "mrkdwn",
    ]
)
nearly = st.recursive(
    anything | kinds,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner | kinds, max_size=5),
    max_leaves=20,
)


@given(st.lists(nearly, max_size=4) | anything)
def test_whatever_comes_is_either_taken_or_refused_in_words(blocks: Any) -> None:
    told = faults(blocks)
    assert all(fault.startswith("[ERROR] ") for fault in told)
    if not told:
        assert isinstance(blocks, list)
        json.dumps(with_ids(blocks, lambda: "id"))


@given(st.integers(1, 4000), st.sampled_from([("header", 150), ("section", 3000)]))
def test_a_text_is_taken_exactly_up_to_its_limit(length: int, kind: tuple[str, int]) -> None:
    name, limit = kind
    assert (faults([{"type": name, "text": plain(length)}]) == []) == (length <= limit)
