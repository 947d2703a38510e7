"""OpenWrt over ubus (JSON-RPC at /ubus): the clients that hostapd has associated, one question a radio.

Needs uhttpd-mod-ubus and an rpcd user that may `hostapd.* get_clients` (and, for host names, `luci-rpc
getDHCPLeases`): https://openwrt.org/docs/techref/ubus
"""

from __future__ import annotations

from itertools import count
from typing import Any

from app.presence.routers.router import Device, NoAnswer, Sightings, Tells, believable, device
from app.presence.routers.web import Web
from app.settings.presence import OpenWrtRouter

NO_SESSION = "0" * 32
"""The session id of somebody who has none."""

ACCESS_DENIED, NOT_FOUND = -32002, -32000
"""JSON-RPC error codes of uhttpd: a session that is over looks like one that may not."""

PERMISSION_DENIED = 6
"""ubus status of a call; also what a wrong password gets."""


class _Denied(Exception):
    """The session is over, or may not do this."""


class _NoRadio(Exception):
    """It lists none: they are off, hostapd restarts, or the session is over."""


class OpenWrt:
    """See the module. `timeout_seconds` bounds each exchange."""

    def __init__(
        self, settings: OpenWrtRouter, *, username: str, password: str, timeout_seconds: float
    ) -> None:
        self.name = f"openwrt {settings.url}"
        self.tells = Tells(macs=True, names=settings.host_names)
        self._settings, self._username, self._password = settings, username, password
        self._web = Web(timeout_seconds)
        self._session = NO_SESSION
        self._ids = count(1)

    def poll(self) -> Sightings:
        """Ask once; log in first if the session is over. Raises NoAnswer."""
        if self._session != NO_SESSION:
            try:
                return self._clients()
            except (_Denied, _NoRadio):
                self._session = NO_SESSION
        self._log_in()
        try:
            return self._clients()
        except _NoRadio:
            raise NoAnswer("it has no radio in service") from None
        except _Denied as denied:
            self._session = NO_SESSION
            raise NoAnswer(
                f"the user may not ask {denied} (see its rpcd access list)", refused=True
            ) from None

    def _log_in(self) -> None:
        asked = {"username": self._username, "password": self._password}
        try:
            told = self._call("session", "login", asked)
        except _Denied:
            raise NoAnswer("the login was refused", refused=True) from None
        session = told.get("ubus_rpc_session")
        if not isinstance(session, str) or not session:
            raise NoAnswer("its answer to the login holds no session")
        self._session = session

    def _clients(self) -> Sightings:
        radios = self._rpc("list", [self._session, "hostapd.*"])
        names = [name for name in radios if name.startswith("hostapd.")] if isinstance(radios, dict) else []
        if not names:
            raise _NoRadio
        seen: list[Device] = []
        leases = self._lease_names() if self._settings.host_names else {}
        for radio in sorted(names):
            clients = self._call(radio, "get_clients", {}).get("clients")
            if not isinstance(clients, dict):
                raise NoAnswer(f"{radio} does not say which clients it has")
            for mac, state in clients.items():
                one = device(mac, leases.get(mac.lower()))
                # A client that knocks with a wrong key is associated, but not authorised.
                if one is not None and isinstance(state, dict) and state.get("authorized", True) is not False:
                    seen.append(one)
        return believable(
            seen, min_devices=self._settings.min_devices, always_there=self._settings.always_there
        )

    def _lease_names(self) -> dict[str, str]:
        leases = self._call("luci-rpc", "getDHCPLeases", {}).get("dhcp_leases")
        if not isinstance(leases, list):
            raise NoAnswer("it does not tell its DHCP leases")
        return {
            lease["macaddr"].lower(): lease["hostname"]
            for lease in leases
            if isinstance(lease, dict)
            and isinstance(lease.get("macaddr"), str)
            and isinstance(lease.get("hostname"), str)
        }

    def _call(self, path: str, procedure: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """A ubus call's answer. Raises _Denied or NoAnswer."""
        result = self._rpc("call", [self._session, path, procedure, arguments])
        if not isinstance(result, list) or not result or not isinstance(result[0], int):
            raise NoAnswer(f"its answer to {path} {procedure} is not ubus")
        if result[0] == PERMISSION_DENIED:
            raise _Denied(f"{path} {procedure}")
        if result[0] != 0:
            raise NoAnswer(f"{path} {procedure} failed with ubus status {result[0]}")
        told = result[1] if len(result) > 1 else {}
        if not isinstance(told, dict):
            raise NoAnswer(f"its answer to {path} {procedure} is not ubus")
        return told

    def _rpc(self, method: str, params: list[Any]) -> Any:
        asked = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        answer = self._web.ask("POST", self._settings.url, body=asked)
        if answer.status != 200:
            raise NoAnswer(f"it answered with HTTP {answer.status}")
        told = answer.json()
        if not isinstance(told, dict) or told.get("id") != asked["id"]:
            raise NoAnswer("its answer is not one to the question asked")
        error = told.get("error")
        if isinstance(error, dict):
            if error.get("code") == ACCESS_DENIED:
                raise _Denied(" ".join(str(part) for part in params[1:3] if isinstance(part, str)))
            if error.get("code") == NOT_FOUND:
                raise NoAnswer(f"it does not know {params[1]} (is uhttpd-mod-ubus installed?)")
            raise NoAnswer(f"it reports JSON-RPC error {error.get('code')}")
        return told.get("result")
