"""Block Kit as strict as Slack: what it refuses is refused here, with a message that points at the place.

Limits: docs.slack.dev/reference/block-kit. Only the kinds a message of this product may use are known (section,
header, context, divider, image, actions, markdown; button, static_select, overflow, image); any other is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

from app.demo.workspace.model import FILE_ID, Json, SlackError

MAX_BLOCKS = 50
MAX_BLOCKS_JSON = 13_200
"""Undocumented; reports put msg_blocks_too_long at about this many characters (slackapi/bolt-js #2509)."""

MAX_MARKDOWN = 12_000
"""All markdown blocks of one message together."""

Check = Callable[[Any, str], None]


def check_blocks(blocks: Any, file_is_ready: Callable[[str], bool]) -> None:
    """Raise SlackError("invalid_blocks", …) listing every fault, or "msg_blocks_too_long"; None when all is well."""
    checker = _Checker(file_is_ready)
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
        if (accessory := block.get("accessory")) and accessory["type"] != "image":
            copy["accessory"] = {**accessory, "action_id": accessory.get("action_id") or new_id()}
        named.append(copy)
    return tuple(named)


class _Checker:
    """Collects faults instead of stopping at the first, as Slack does."""

    def __init__(self, file_is_ready: Callable[[str], bool]) -> None:
        self.faults: list[str] = []
        self._file_is_ready = file_is_ready
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
        self._elements: dict[str, Check] = {
            "button": self._button,
            "static_select": self._static_select,
            "overflow": self._overflow,
        }

    def message(self, blocks: Any) -> None:
        if not self._list(blocks, "/blocks", most=MAX_BLOCKS, least=0):
            return
        block_ids: set[str] = set()
        for index, block in enumerate(blocks):
            at = f"/blocks/{index}"
            self._typed(block, at, self._blocks)
            if isinstance(block, dict) and isinstance(block_id := block.get("block_id"), str):
                if block_id in block_ids:
                    self._fault(f'block_id "{block_id}" already exists', at)
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

    # --- elements

    def _button(self, element: Json, at: str) -> None:
        allowed = {"text", "action_id", "url", "value", "style", "confirm", "accessibility_label"}
        self._keys(element, at, allowed, required={"text"})
        self._plain(element.get("text"), f"{at}/text", 75)
        self._action_id(element, at)
        self._optional_string(element, at, "url", 3000)
        self._optional_string(element, at, "value", 2000)
        self._optional_string(element, at, "accessibility_label", 75)
        if "style" in element and element["style"] not in ("primary", "danger"):
            self._fault("must be one of: primary, danger", f"{at}/style")
        if "confirm" in element:
            self._confirm(element["confirm"], f"{at}/confirm")

    def _static_select(self, element: Json, at: str) -> None:
        allowed = {"action_id", "options", "initial_option", "placeholder", "confirm"}
        self._keys(element, at, allowed, required={"options"})
        self._action_id(element, at)
        self._options(element.get("options"), f"{at}/options", 100)
        if "initial_option" in element and element["initial_option"] not in element.get("options", ()):
            self._fault("must be one of the options", f"{at}/initial_option")
        if "placeholder" in element:
            self._plain(element["placeholder"], f"{at}/placeholder", 150)
        if "confirm" in element:
            self._confirm(element["confirm"], f"{at}/confirm")

    def _overflow(self, element: Json, at: str) -> None:
        self._keys(element, at, {"action_id", "options", "confirm"}, required={"options"})
        self._action_id(element, at)
        self._options(element.get("options"), f"{at}/options", 5)
        if "confirm" in element:
            self._confirm(element["confirm"], f"{at}/confirm")

    def _image_element(self, element: Any, at: str) -> None:
        if isinstance(element, dict):
            self._keys(element, at, {"alt_text", "image_url", "slack_file"}, required={"alt_text"})
            self._picture(element, at)

    def _options(self, options: Any, at: str, most: int) -> None:
        if not self._list(options, at, most=most):
            return
        for index, option in enumerate(options):
            place = f"{at}/{index}"
            if self._object(option, place):
                self._keys(
                    option,
                    place,
                    {"text", "value", "description"},
                    required={"text", "value"},
                    type_key=False,
                )
                self._text(option.get("text"), f"{place}/text", 75)
                self._string(option.get("value"), f"{place}/value", 150)
                if "description" in option:
                    self._plain(option["description"], f"{place}/description", 75)

    def _confirm(self, confirm: Any, at: str) -> None:
        if not self._object(confirm, at):
            return
        allowed = {"title", "text", "confirm", "deny", "style"}
        self._keys(confirm, at, allowed, required={"title", "text", "confirm", "deny"}, type_key=False)
        self._plain(confirm.get("title"), f"{at}/title", 100)
        self._text(confirm.get("text"), f"{at}/text", 300)
        self._plain(confirm.get("confirm"), f"{at}/confirm", 30)
        self._plain(confirm.get("deny"), f"{at}/deny", 30)
        if "style" in confirm and confirm["style"] not in ("primary", "danger"):
            self._fault("must be one of: primary, danger", f"{at}/style")

    def _picture(self, value: Json, at: str) -> None:
        self._string(value.get("alt_text"), f"{at}/alt_text", 2000)
        if ("image_url" in value) == ("slack_file" in value):
            self._fault("exactly one of image_url and slack_file is required", at)
        elif "image_url" in value:
            if self._string(value["image_url"], f"{at}/image_url", 3000) and not value[
                "image_url"
            ].startswith(("https://", "http://")):
                self._fault("must be a valid URL", f"{at}/image_url")
        elif self._object(value["slack_file"], f"{at}/slack_file"):
            file_id = value["slack_file"].get("id")
            # Slack also takes {"url": …}; ids are the form that survives a file's re-share, and the only one here.
            if (
                not isinstance(file_id, str)
                or not FILE_ID.fullmatch(file_id)
                or not self._file_is_ready(file_id)
            ):
                self._fault("invalid slack file", f"{at}/slack_file")

    # --- composition

    def _text(self, value: Any, at: str, most: int) -> None:
        if not self._object(value, at):
            return
        kind = value.get("type")
        if kind == "mrkdwn":
            self._keys(value, at, {"text", "verbatim"}, required={"text"})
        elif kind == "plain_text":
            self._keys(value, at, {"text", "emoji"}, required={"text"})
        else:
            self._fault(f"unsupported type: {kind}", f"{at}/type")
            return
        self._string(value.get("text"), f"{at}/text", most)

    def _plain(self, value: Any, at: str, most: int) -> None:
        if isinstance(value, dict) and value.get("type") != "plain_text":
            self._fault("must be plain_text", f"{at}/type")
        else:
            self._text(value, at, most)

    def _action_id(self, element: Json, at: str) -> None:
        self._optional_string(element, at, "action_id", 255)

    def _typed(self, value: Any, at: str, kinds: dict[str, Check]) -> None:
        if not self._object(value, at):
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            self._fault("missing required field: type", at)
        elif kind not in kinds:
            self._fault(f"unsupported type: {kind}", f"{at}/type")
        else:
            kinds[kind](value, at)
            if kinds is self._blocks:
                self._optional_string(value, at, "block_id", 255)

    def _keys(
        self,
        value: Json,
        at: str,
        allowed: set[str],
        *,
        required: AbstractSet[str] = frozenset(),
        type_key: bool = True,
    ) -> None:
        known = allowed | ({"type", "block_id"} if type_key else set())
        for key in value:
            if key not in known:
                self._fault(f"invalid additional property: {key}", at)
        for key in sorted(required - value.keys()):
            self._fault(f"missing required field: {key}", at)

    def _list(self, value: Any, at: str, *, most: int, least: int = 1) -> bool:
        if not isinstance(value, list):
            self._fault("must be an array", at)
            return False
        if len(value) > most:
            self._fault(f"no more than {most} items allowed", at)
        if len(value) < least:
            self._fault(f"no less than {least} items allowed", at)
        return True

    def _object(self, value: Any, at: str) -> bool:
        if not isinstance(value, dict):
            self._fault("must be an object", at)
            return False
        return True

    def _optional_string(self, value: Json, at: str, key: str, most: int) -> None:
        if key in value:
            self._string(value[key], f"{at}/{key}", most)

    def _string(self, value: Any, at: str, most: int) -> bool:
        if not isinstance(value, str):
            self._fault("must be a string", at)
            return False
        if not value:
            self._fault("must be more than 0 characters", at)
        if len(value) > most:
            self._fault(f"must be less than {most + 1} characters", at)
        return True

    def _fault(self, what: str, at: str) -> None:
        self.faults.append(f"{what} [json-pointer:{at}]")
