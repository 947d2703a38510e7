"""The routers, one kind a file, behind one question (router.py): who is connected now?

http_json.py    login + JSON, described in the settings: HTTP over web.py, places in JSON by json_path.py
fritzbox.py     FRITZ!Box, TR-064
openwrt.py      OpenWrt, ubus
dnsmasq.py      a leases file
neighbours.py   the kernel's neighbour table, after a nudge
"""

from __future__ import annotations

from app.presence.routers.dnsmasq import Dnsmasq
from app.presence.routers.fritzbox import FritzBox
from app.presence.routers.http_json import HttpJson
from app.presence.routers.neighbours import Neighbours
from app.presence.routers.openwrt import OpenWrt
from app.presence.routers.router import Router
from app.settings import Settings
from app.settings.presence import DnsmasqRouter, FritzBoxRouter, HttpJsonRouter, OpenWrtRouter
from app.settings.presence import Router as RouterSettings


def open_routers(settings: Settings) -> list[Router]:
    """The routers of the settings, in their order. Raises NoAnswer if one needs a library that is not there."""
    return [_open(router, settings) for router in settings.presence.routers]


def _open(router: RouterSettings, settings: Settings) -> Router:
    username = settings.secrets.router_username
    password = settings.secrets.router_password.get_secret_value()
    timeout = settings.presence.timeout_seconds
    if isinstance(router, HttpJsonRouter):
        return HttpJson(router, username=username, password=password, timeout_seconds=timeout)
    if isinstance(router, FritzBoxRouter):
        return FritzBox(router, username=username, password=password, timeout_seconds=timeout)
    if isinstance(router, OpenWrtRouter):
        return OpenWrt(router, username=username, password=password, timeout_seconds=timeout)
    if isinstance(router, DnsmasqRouter):
        return Dnsmasq(router)
    return Neighbours(router, settings.presence.people)
