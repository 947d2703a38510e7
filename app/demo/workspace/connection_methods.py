"""apps.connections.open: the way into Socket Mode."""

from __future__ import annotations

from app.demo.workspace.methods import Args, Context, Method
from app.demo.workspace.model import Json


def open_(context: Context, args: Args) -> Json:
    return {"url": context.sockets.open()}


METHODS = {"apps.connections.open": Method(open_, "connections:write", app_level=True)}
