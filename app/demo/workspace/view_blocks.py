"""Views as strict as Slack: dialogs ("modal") and the Home tab. Limits: docs.slack.dev/reference/views."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from app.demo.workspace.block_parts import Check
from app.demo.workspace.blocks import BlockChecker
from app.demo.workspace.model import Json, SlackError

MAX_VIEW_BLOCKS = 100
MAX_VIEW_JSON = 250_000

_BOTH = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
_MODAL = _BOTH | {"title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"}
_TYPED = {"action_id", "initial_value", "placeholder", "focus_on_load"}


def check_view(view: Any, kind: str, file_is_ready: Callable[[str], bool]) -> None:
    """Raise SlackError("invalid_arguments", …) listing every fault, or "view_too_large". `kind`: modal or home."""
    checker = _ViewChecker(file_is_ready)
    checker.view(view, kind)
    if checker.faults:
        raise SlackError("invalid_arguments", messages=[f"[ERROR] {fault}" for fault in checker.faults])
    if len(json.dumps(view, separators=(",", ":"), ensure_ascii=False)) > MAX_VIEW_JSON:
        raise SlackError("view_too_large")


class _ViewChecker(BlockChecker):
    """One view; beside a message's blocks it may have inputs."""

    def __init__(self, file_is_ready: Callable[[str], bool]) -> None:
        super().__init__(file_is_ready)
        self._blocks["input"] = self._input
        self._inputs: dict[str, Check] = {
            "number_input": self._number_input,
            "plain_text_input": self._plain_text_input,
        }

    def view(self, view: Any, kind: str) -> None:
        if not self._object(view, "/view"):
            return
        if view.get("type") != kind:
            self._fault(f"must be {kind}", "/view/type")
            return
        required = {"title", "blocks"} if kind == "modal" else {"blocks"}
        allowed = _MODAL if kind == "modal" else _BOTH
        self._keys(view, "/view", allowed, required=required, type_key=False)
        self._optional_string(view, "/view", "callback_id", 255)
        if view.get("private_metadata"):
            self._optional_string(view, "/view", "private_metadata", 3000)
        for name in ("title", "submit", "close"):
            if name in view:
                self._plain(view[name], f"/view/{name}", 24)
        blocks = view.get("blocks")
        self.message(blocks, at="/view/blocks", most=MAX_VIEW_BLOCKS)
        asks = isinstance(blocks, list) and any(
            isinstance(b, dict) and b.get("type") == "input" for b in blocks
        )
        if kind == "modal" and asks and "submit" not in view:
            self._fault("missing required field: submit", "/view")

    def _input(self, block: Json, at: str) -> None:
        self._keys(
            block,
            at,
            {"label", "element", "hint", "optional", "dispatch_action"},
            required={"label", "element"},
        )
        self._plain(block.get("label"), f"{at}/label", 2000)
        if "hint" in block:
            self._plain(block["hint"], f"{at}/hint", 2000)
        if not isinstance(block.get("optional", False), bool):
            self._fault("must be a boolean", f"{at}/optional")
        self._typed(block.get("element"), f"{at}/element", self._inputs)

    def _number_input(self, element: Json, at: str) -> None:
        allowed = _TYPED | {"is_decimal_allowed", "min_value", "max_value"}
        self._keys(element, at, allowed, required={"is_decimal_allowed"})
        self._typed_in(element, at)
        for name in ("initial_value", "min_value", "max_value"):
            if name in element and not is_number(
                element[name], decimal=element.get("is_decimal_allowed") is True
            ):
                self._fault("must be a number", f"{at}/{name}")

    def _plain_text_input(self, element: Json, at: str) -> None:
        self._keys(element, at, _TYPED | {"multiline", "min_length", "max_length"})
        self._typed_in(element, at)

    def _typed_in(self, element: Json, at: str) -> None:
        self._action_id(element, at)
        self._optional_string(element, at, "initial_value", 3000)
        if "placeholder" in element:
            self._plain(element["placeholder"], f"{at}/placeholder", 150)


def is_number(text: Any, *, decimal: bool) -> bool:
    """Whether a number field takes it."""
    if not isinstance(text, str):
        return False
    try:
        float(text) if decimal else int(text)
    except ValueError:
        return False
    return text.lower().strip("+-") not in ("nan", "inf", "infinity")
