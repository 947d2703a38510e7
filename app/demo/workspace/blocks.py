"""Block Kit as strict as Slack: what it refuses is refused here, with a message that points at the place.

Limits: docs.slack.dev/reference/block-kit. Only the kinds a message of this product may use are known (section,
header, context, divider, image, actions, markdown; button, static_select, overflow, image); any other is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from app.demo.workspace.block_parts import Check, PartChecker
from app.demo.workspace.model import Json, SlackError

MAX_BLOCKS = 50
MAX_BLOCKS_JSON = 13_200
"""Undocumented; reports put msg_blocks_too_long at about this many characters (slackapi/bolt-js #2509)."""

MAX_MARKDOWN = 12_000
"""All markdown blocks of one message together."""


def check_blocks(blocks: Any, file_is_ready: Callable[[str], bool]) -> None:
    """Raise SlackError("invalid_blocks", …) listing every fault, or "msg_blocks_too_long"; None when all is well."""
    checker = BlockChecker(file_is_ready)
    checker.message(blocks)
    if checker.faults:
        raise SlackError("invalid_blocks", messages=[f"[ERROR] {fault}" for fault in checker.faults])
    if len(json.dumps(blocks, separators=(",", ":"), ensure_ascii=False)) > MAX_BLOCKS_JSON:
        raise SlackError("msg_blocks_too_long")


def with_ids(blocks: list[Json], new_id: Callable[[], str]) -> tuple[Json, ...]:
    """A copy in which each block has the block_id, and each element the action_id, that Slack would give it."""
    named = []
    for block in blocks:
        copy = {**block, "block_id": block.get("block_id") or new_id()}
        if block["type"] == "actions":
            copy["elements"] = [{**e, "action_id": e.get("action_id") or new_id()} for e in block["elements"]]
        if block["type"] == "input":
            copy["element"] = {**block["element"], "action_id": block["element"].get("action_id") or new_id()}
        if (accessory := block.get("accessory")) and accessory["type"] != "image":
            copy["accessory"] = {**accessory, "action_id": accessory.get("action_id") or new_id()}
        named.append(copy)
    return tuple(named)


class BlockChecker(PartChecker):
    """One message's blocks; view_blocks.py has those of views."""

    def __init__(self, file_is_ready: Callable[[str], bool]) -> None:
        super().__init__(file_is_ready)
        self._markdown_length = 0
        self._blocks: dict[str, Check] = {
            "section": self._section,
            "header": self._header,
            "context": self._context,
            "divider": self._divider,
            "image": self._image_block,
            "actions": self._actions,
            "markdown": self._markdown,
        }

    def message(self, blocks: Any, at: str = "/blocks", most: int = MAX_BLOCKS) -> None:
        if not self._list(blocks, at, most=most, least=0):
            return
        block_ids: set[str] = set()
        for index, block in enumerate(blocks):
            place = f"{at}/{index}"
            self._typed(block, place, self._blocks)
            if isinstance(block, dict):
                self._optional_string(block, place, "block_id", 255)
            if isinstance(block, dict) and isinstance(block_id := block.get("block_id"), str):
                if block_id in block_ids:
                    self._fault(f'block_id "{block_id}" already exists', place)
                block_ids.add(block_id)

    # --- blocks

    def _section(self, block: Json, at: str) -> None:
        self._keys(block, at, {"text", "fields", "accessory", "expand"})
        if "text" not in block and "fields" not in block:
            self._fault("missing required field: text or fields", at)
        if "text" in block:
            self._text(block["text"], f"{at}/text", 3000)
        if "fields" in block and self._list(block["fields"], f"{at}/fields", most=10):
            for index, text in enumerate(block["fields"]):
                self._text(text, f"{at}/fields/{index}", 2000)
        if "accessory" in block:
            kinds = {**self._elements, "image": self._image_element}
            self._typed(block["accessory"], f"{at}/accessory", kinds)

    def _header(self, block: Json, at: str) -> None:
        self._keys(block, at, {"text"}, required={"text"})
        self._plain(block.get("text"), f"{at}/text", 150)

    def _context(self, block: Json, at: str) -> None:
        self._keys(block, at, {"elements"}, required={"elements"})
        if self._list(block.get("elements"), f"{at}/elements", most=10):
            for index, element in enumerate(block["elements"]):
                place = f"{at}/elements/{index}"
                if isinstance(element, dict) and element.get("type") == "image":
                    self._image_element(element, place)
                else:
                    self._text(element, place, 3000)

    def _divider(self, block: Json, at: str) -> None:
        self._keys(block, at, set())

    def _image_block(self, block: Json, at: str) -> None:
        self._keys(block, at, {"alt_text", "title", "image_url", "slack_file"}, required={"alt_text"})
        self._picture(block, at)
        if "title" in block:
            self._plain(block["title"], f"{at}/title", 2000)

    def _actions(self, block: Json, at: str) -> None:
        self._keys(block, at, {"elements"}, required={"elements"})
        if not self._list(block.get("elements"), f"{at}/elements", most=25):
            return
        action_ids: set[str] = set()
        for index, element in enumerate(block["elements"]):
            place = f"{at}/elements/{index}"
            self._typed(element, place, self._elements)
            if isinstance(element, dict) and isinstance(action_id := element.get("action_id"), str):
                if action_id in action_ids:
                    self._fault(f'action_id "{action_id}" already exists', place)
                action_ids.add(action_id)

    def _markdown(self, block: Json, at: str) -> None:
        self._keys(block, at, {"text"}, required={"text"})
        if self._string(block.get("text"), f"{at}/text", MAX_MARKDOWN):
            self._markdown_length += len(block["text"])
            if self._markdown_length > MAX_MARKDOWN:
                self._fault(f"markdown blocks exceed {MAX_MARKDOWN} characters together", at)
