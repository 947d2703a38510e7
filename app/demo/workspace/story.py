"""What happens, as lines for a terminal: mrkdwn as plain text, names instead of ids, and of an edit what is new."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from app.demo.workspace.model import File, Json, Message

MAX_TITLE = 60

_CODE = re.compile(r"```\n?(.*?)\n?```|`([^`\n]+)`", re.DOTALL)
_ANGLED = re.compile(r"<([^<>\n]+)>")
_EMOJI = re.compile(r"(?<![\w:]):[a-z][a-z0-9_+'-]*: ?")
_MARKS = [re.compile(rf"(?<![\w{m}])[{m}](?=\S)([^{m}\n]*[^\s{m}])[{m}](?![\w{m}])") for m in "*_~"]
"""A mark opens after white space or punctuation, hugs its text, and closes before the same."""

_TIMES = {"time": "%H:%M", "time_secs": "%H:%M:%S"}
_DATES = {
    "date_num": "%Y-%m-%d",
    "date": "%B %-d, %Y",
    "date_short": "%b %-d, %Y",
    "date_long": "%A, %B %-d, %Y",
}


def plain(mrkdwn: str, names: Mapping[str, str], now: float) -> str:
    """Slack's markup without the marks. `names`: of users and channels by id; `now`: seconds since the epoch."""
    text, at = "", 0
    for code in _CODE.finditer(mrkdwn):  # within it nothing else is markup
        text += _inline(mrkdwn[at : code.start()], names, now) + (code[1] or code[2] or "")
        at = code.end()
    text += _inline(mrkdwn[at:], names, now)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def told(
    message: Message, before: Message | None, names: Mapping[str, str], files: Mapping[str, File], now: float
) -> str:
    """A message, or with `before` its edit."""
    line = f"{names.get(message.channel, message.channel)} {names.get(message.user, message.user)}"
    if before is not None:
        line += f' changed "{_title(message, names, now)}": {_news(message, before, names, now)}'
    else:
        line += f": {plain(message.text, names, now)}"
    if message.thread_ts:
        line += " [in thread]"
    if message.visible_to:
        line += f" [only {names.get(message.visible_to, message.visible_to)} sees this]"
    if before is not None:
        return line
    shown = [f"[{_file(files[file_id])}]" for file_id in message.file_ids if file_id in files]
    shown += ["[picture]"] if _pictures(message) else []
    shown += [f"[{e['text']['text']}]" for e in message.actions() if e["type"] == "button"]
    return " ".join([line, *shown])


def size(count: int) -> str:
    """'900 bytes', '45 kB'."""
    return f"{count} bytes" if count < 1000 else f"{round(count / 1000)} kB"


def _file(file: File) -> str:
    return f"{file.name}, {size(file.size)}"


def _title(message: Message, names: Mapping[str, str], now: float) -> str:
    words = plain(message.text, names, now).strip().partition("\n")[0]
    return words if len(words) <= MAX_TITLE else words[: MAX_TITLE - 1] + "…"


def _news(message: Message, before: Message, names: Mapping[str, str], now: float) -> str:
    old = [plain(part, names, now) for part in _parts(before)]
    news = [words for part in _parts(message) if (words := plain(part, names, now)) not in old]
    more = len(_pictures(message)) - len(_pictures(before))
    if more:
        news.append("picture added" if more > 0 else "picture removed")
    return ", ".join(news) or "nothing new to read"


def _parts(message: Message) -> list[str]:
    """Its text in pieces small enough that one which differs is news: lines, and what stands between dots."""
    texts = [text for block in message.blocks for text in _texts(block)] or [message.text]
    return [part.strip() for text in texts for part in re.split(r"\n| · ", text) if part.strip()]


def _texts(block: Json) -> list[str]:
    """Of a section, a header or a context."""
    if block["type"] == "actions":
        return []
    objects = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
    return [part["text"] for part in objects if part and isinstance(part.get("text"), str)]


def _pictures(message: Message) -> list[Json]:
    return [block for block in message.blocks if block["type"] == "image"]


def _inline(text: str, names: Mapping[str, str], now: float) -> str:
    text = _ANGLED.sub(lambda found: _angled(found[1], names, now), text)
    text = _EMOJI.sub("", text)
    for mark in _MARKS:
        text = mark.sub(r"\1", text)
    return text


def _angled(inside: str, names: Mapping[str, str], now: float) -> str:
    target, _, label = inside.partition("|")
    if target.startswith(("@", "#")):
        return names.get(target[1:]) or label or target[1:]
    if target.startswith("!date^"):
        return _date(target, now) or label
    if target.startswith("!"):
        return label or f"@{target[1:]}"
    return f"{label} ({target})" if label else target


def _date(target: str, now: float) -> str | None:
    """`!date^SECONDS^TEMPLATE` in local time; None if it cannot be read."""
    _, seconds, template, *_ = [*target.split("^"), "", ""]
    if not seconds.isdecimal() or len(seconds) > 11 or not template:
        return None
    moment, today = datetime.fromtimestamp(int(seconds)), datetime.fromtimestamp(now).date()
    days = (moment.date() - today).days
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}.get(days)

    def fill(token: re.Match[str]) -> str:
        name = token[1].removesuffix("_pretty")
        if name != token[1] and near:
            return near
        return moment.strftime(_TIMES.get(name) or _DATES.get(name) or "\0")

    text = re.sub(r"\{(\w+)\}", fill, template)
    return None if "\0" in text else text
