"""What the cameras are to do: arm, disarm, mute, presence, aim. The same commands as in Slack, and the same answers."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.commands.head import MAX_DEGREES
from app.commands.orders import arming, fresh, guest_pass, mute
from app.commands.request import Request
from app.commands.status import report
from app.rules import should_alert
from app.state.snapshot import Snapshot
from app.web.dashboard.parts import BY, Parts, parts, snapshot
from app.web.dashboard.words import plain

ALLOWED = frozenset(
    {
        "pycam_on",
        "pycam_off",
        "notifications_on",
        "notifications_off",
        "auto_detect_on",
        "auto_detect_off",
        "guest",
        "rotate",
        "look",
    }
)
"""Commands that the pages give. Everything else stays in Slack."""

STEP_DEGREES = 10
"""Of one press of the pad: a sixth of what a Pi camera sees."""

_MOVES = (
    ("Up", "▲", 0, 1),
    ("Left", "◀", -1, 0),
    ("Straight ahead", "●", 0, 0),
    ("Right", "▶", 1, 0),
    ("Down", "▼", 0, -1),
)

MAX_TEXT = 120

pages = Blueprint("control", __name__)


class Camera(NamedTuple):
    """What the controls show of one. `pan`, `tilt`: where it was asked to look, degrees; `places`: their names."""

    name: str
    armed: bool
    why: str
    head: bool
    pan: int
    tilt: int
    places: tuple[str, ...]


@pages.get("/system")
def system() -> ResponseReturnValue:
    """How everything is, and the switches that concern all cameras."""
    with_, now = parts(), snapshot()
    said = report(with_.now(), now, with_.context, with_.context.machine()) if now is not None else ""
    return render_template("system.html", status=_sections(said), in_force=in_force(now, with_))


@pages.post("/command/<name>")
def command(name: str) -> ResponseReturnValue:
    """Give a command; its answer as JSON for a script, else on the page one came from."""
    text = request.form.get("text", "").strip()
    if name not in ALLOWED or len(text) > MAX_TEXT:
        abort(400)
    with_ = parts()
    asked = Request(
        command=name, text=text, team="", user=BY, channel="", response_url="", received=with_.now()
    )
    answer = plain(with_.dispatcher.trusted(asked).text)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(answer=answer)
    flash(answer)
    return redirect(url_for("live.live" if request.form.get("page") == "/live" else "control.system"))


def in_force(snapshot: Snapshot | None, with_: Parts) -> frozenset[str]:
    """The switches that are as they stand: 'pycam_on' if all cameras are armed. None without Redis."""
    if snapshot is None:
        return frozenset()
    armed = {camera.armed for camera in cameras(snapshot, with_)}
    found = {"pycam_on" if armed == {True} else "", "pycam_off" if armed == {False} else ""}
    muted, auto = mute(snapshot), snapshot.wishes.auto
    if should_alert(muted, with_.now()).yes:
        found.add("notifications_on")
    elif muted is not None:
        found.add("notifications_off" if muted.until is None else "notifications_off for a while")
    if guest_pass(snapshot, with_.now()):
        found.add("guest")
    found.add("auto_detect_on" if auto is not None and auto.on else "auto_detect_off")
    return frozenset(found - {""})


def cameras(snapshot: Snapshot | None, with_: Parts) -> list[Camera]:
    """All of them; without Redis what they do is not known."""
    return [_camera(name, snapshot, with_) for name in with_.context.camera_names()]


def _camera(name: str, snapshot: Snapshot | None, with_: Parts) -> Camera:
    if snapshot is None:
        return Camera(name, False, "Redis does not answer, so this cannot be told", False, 0, 0, ())
    now_is, fact = arming(name, snapshot), snapshot.facts.camera.get(name)
    head, places = snapshot.wishes.head.get(name), snapshot.wishes.places.get(name)
    return Camera(
        name,
        now_is.verdict.yes,
        plain(now_is.because(with_.now())),
        fact is not None and bool(fact.head) and fresh(fact, with_.now()),
        head.pan if head else 0,
        head.tilt if head else 0,
        tuple(sorted(places.places)) if places else (),
    )


def steps(camera: Camera) -> list[tuple[str, str, int, int]]:
    """The pad: name, sign, and where it leads, in reading order."""
    return [
        (
            name,
            sign,
            _within(camera.pan + pan * STEP_DEGREES) if sign != "●" else 0,
            _within(camera.tilt + tilt * STEP_DEGREES) if sign != "●" else 0,
        )
        for name, sign, pan, tilt in _MOVES
    ]


def _within(degrees: int) -> int:
    return max(-MAX_DEGREES, min(MAX_DEGREES, degrees))


def _sections(status: str) -> list[tuple[str, list[str]]]:
    """'*front*: armed\\n> watching' as ('front', ['armed', 'watching'])."""
    found: list[tuple[str, list[str]]] = []
    for line in status.splitlines():
        if line.startswith("*"):
            name, _, rest = line[1:].partition("*: ")
            found.append((plain(name), [plain(rest)]))
        elif found:
            found[-1][1].append(plain(line))
    return found
