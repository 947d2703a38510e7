"""What Block Kit's blocks are made of: elements, composition objects, and the checks they share."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

from app.demo.workspace.model import FILE_ID, Json

Check = Callable[[Any, str], None]


class PartChecker:
    """Collects faults instead of stopping at the first, as Slack does. `at` is a JSON pointer."""

    def __init__(self, file_is_ready: Callable[[str], bool]) -> None:
        self.faults: list[str] = []
        self._file_is_ready = file_is_ready
        self._elements: dict[str, Check] = {
            "button": self._button,
            "static_select": self._static_select,
            "overflow": self._overflow,
        }

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
