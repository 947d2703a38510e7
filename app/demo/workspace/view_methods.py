"""views.*: the dialog the app opens, and the Home tab it publishes. No scope is needed for either."""

from __future__ import annotations

from typing import Any

from app.demo.workspace.blocks import with_ids
from app.demo.workspace.methods import Args, Context, Method
from app.demo.workspace.model import Json
from app.demo.workspace.view_blocks import check_view


def open_(context: Context, args: Args) -> Json:
    trigger = args.required("trigger_id")
    shown = _checked(context, args, "modal")
    view = context.views.open(context.views.take_trigger(trigger), shown)
    return {"view": context.views.to_api(view)}


def publish(context: Context, args: Args) -> Json:
    user = context.state.person(args.required("user_id"))
    view = context.views.publish(user.id, _checked(context, args, "home"))
    return {"view": context.views.to_api(view)}


def _checked(context: Context, args: Args, kind: str) -> Json:
    args.required("view")
    view: Any = args.parsed("view", "invalid_arguments")
    check_view(view, kind, context.files.usable_in_block)
    return {**view, "blocks": list(with_ids(view["blocks"], lambda: context.state.new_id("")[1:6]))}


METHODS = {"views.open": Method(open_), "views.publish": Method(publish)}
