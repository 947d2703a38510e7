"""What a person may set without a shell: how easily it alerts, where it does not look, who lives here.

Nothing is written into the owner's file: two layers of the settings take it (settings/written.py), proved as at a
start. The numbers are those that Slack's settings have, too (commands/settings_form.py).
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.commands.settings_form import NUMBERS, keep_numbers, typed_number, value_of
from app.settings import Settings, SettingsError, load_settings
from app.store.chosen import Chosen, Refused
from app.store.live_socket import NotLive
from app.store.tuning import NotApplied, Tuning
from app.web.dashboard.live_feed import Full, LiveFeeds
from app.web.dashboard.parts import parts
from app.web.dashboard.settings_forms import typed_people, typed_shapes

log = logging.getLogger(__name__)

PICTURE_SECONDS = 2.0

MAX_MISTAKES, MAX_MISTAKE = 5, 300
"""How many are said at once, and how many characters of each: they travel in a cookie, which takes 4 KB."""


def settings_pages(feeds: LiveFeeds) -> Blueprint:
    """The page, its forms, and a picture to draw on."""
    pages = Blueprint("settings", __name__)

    @pages.get("/settings")
    def index() -> ResponseReturnValue:
        try:
            now = load_settings()
        except SettingsError as error:
            return render_template("problem.html", title="The settings cannot be read", text=str(error)), 500
        chosen = Chosen(now.storage.data).layer()
        return render_template(
            "settings.html",
            numbers=[(number, value_of(now, number)) for number in NUMBERS],
            masks=[_mask(now, chosen, camera.name) for camera in now.cameras],
            people=now.presence.people,
            routers=bool(now.presence.routers),
            changed=bool(chosen) or bool(Tuning(now.storage.data).layer()),
        )

    @pages.post("/settings/numbers")
    def numbers() -> ResponseReturnValue:
        now = load_settings()
        wanted = {number: request.form.get(number.name, "").strip() for number in NUMBERS}
        try:
            changes = {
                number: value
                for number, text in wanted.items()
                if (value := typed_number(number, text)) != value_of(now, number)
            }
            keep_numbers(now.storage.data, changes, parts().now())
        except (ValueError, Refused, NotApplied) as error:
            return _refused(str(error))
        return _done(bool(changes))

    @pages.post("/settings/mask/<camera>")
    def mask(camera: str) -> ResponseReturnValue:
        if camera not in parts().context.camera_names():
            abort(404)
        try:
            shapes = typed_shapes(request.form.get("shapes", ""))

            def edit(layer: dict[str, Any]) -> None:
                masks = layer.setdefault("cameras", {})
                masks[camera] = {"ignore": shapes}
                if not shapes:
                    del masks[camera]
                if not masks:
                    del layer["cameras"]

            return _done(_chosen().change(edit))
        except (ValueError, Refused) as error:
            return _refused(str(error))

    @pages.post("/settings/people")
    def people() -> ResponseReturnValue:
        try:
            household = typed_people(
                load_settings(), request.form.getlist("name"), request.form.getlist("devices")
            )
            changed = _chosen().change(
                lambda layer: layer.setdefault("presence", {}).update(people=household)
            )
        except (ValueError, Refused) as error:
            return _refused(str(error))
        return _done(changed)

    @pages.post("/settings/reset")
    def reset() -> ResponseReturnValue:
        tuning = Tuning(parts().settings.storage.data)
        try:
            changed = _chosen().change(lambda layer: layer.clear())
            if tuning.layer():
                tuning.apply(tuning.propose({}, ["back to your file"], parts().now()).id)
                changed = True
        except (Refused, NotApplied) as error:
            return _refused(str(error))
        return _done(changed)

    @pages.get("/cameras/<camera>/picture.jpg")
    def picture(camera: str) -> ResponseReturnValue:
        """Of now, else the last one there is."""
        context = parts().context
        if camera not in context.camera_names():
            abort(404)
        jpeg = _picture_of_now(feeds, camera)
        if jpeg is None:
            last = context.pictures.get(camera)
            jpeg = last.jpeg if last else abort(404)
        return Response(jpeg, mimetype="image/jpeg")

    return pages


def _mask(settings: Settings, chosen: dict[str, Any], camera: str) -> dict[str, Any]:
    """`own`: shapes drawn here; `fixed`: those of the file and of tuning, which are shown only."""
    own = ((chosen.get("cameras") or {}).get(camera) or {}).get("ignore") or []
    fixed = [[list(corner) for corner in shape] for shape in settings.camera(camera).ignore]
    for shape in own:
        if shape in fixed:  # else somebody changed it just now
            fixed.remove(shape)
    return {"camera": camera, "own": own, "fixed": fixed}


def _picture_of_now(feeds: LiveFeeds, camera: str) -> bytes | None:
    try:
        with feeds.view(camera) as following:
            picture = following(PICTURE_SECONDS)
    except (Full, NotLive):
        return None
    return picture.jpeg if picture else None


def _chosen() -> Chosen:
    return Chosen(parts().settings.storage.data)


def _refused(why: str) -> ResponseReturnValue:
    """Back to the page, which still shows what is in force."""
    for line in why.splitlines()[:MAX_MISTAKES]:
        flash(f"Nothing was changed. {line.lstrip(', :')[:MAX_MISTAKE]}")
    return redirect(url_for("settings.index"))


def _done(changed: bool) -> ResponseReturnValue:
    if changed:
        log.info("settings were changed")
    flash(
        "Kept. What it concerns starts anew now; that takes some seconds."
        if changed
        else "Nothing to change."
    )
    return redirect(url_for("settings.index"))
