"""FRITZ!Box over TR-064: its host list, with what is active now. The library comes with the extra `presence`."""

from __future__ import annotations

import importlib
import logging
from typing import Any

from app.presence.routers.router import NoAnswer, Sightings, Tells, believable, device
from app.settings.presence import FritzBoxRouter

log = logging.getLogger(__name__)


class FritzBox:
    """See the module. `timeout_seconds` bounds all but the list, which the library fetches without one."""

    def __init__(
        self, settings: FritzBoxRouter, *, username: str, password: str, timeout_seconds: float
    ) -> None:
        self.name = f"fritzbox {settings.address}"
        self.tells = Tells(macs=True, names=True)
        self._settings, self._username, self._password = settings, username, password
        self._timeout = timeout_seconds
        self._hosts: Any = None
        try:
            self._library: Any = importlib.import_module("fritzconnection.lib.fritzhosts")
            self._core: Any = importlib.import_module("fritzconnection.core.exceptions")
        except ImportError as error:
            raise NoAnswer(f"the FRITZ!Box adapter needs: pip install 'pycam[presence]' ({error})") from None

    def poll(self) -> Sightings:
        """Ask once, all hosts in one list. Raises NoAnswer."""
        try:
            if self._hosts is None:
                # Reads the box's own description of its services: once, not every 20 s.
                self._hosts = self._library.FritzHosts(
                    address=self._settings.address,
                    port=self._settings.port,
                    user=self._username or None,
                    password=self._password or None,
                    timeout=self._timeout,
                )
            listed = self._hosts.get_hosts_attributes()
        except self._core.FritzAuthorizationError:
            self._hosts = None
            raise NoAnswer("the login was refused", refused=True) from None
        except Exception as error:  # noqa: BLE001 — requests', the parser's and the library's own, by version
            # The box may have restarted with other services: its description is read anew next time.
            self._hosts = None
            raise NoAnswer(f"the box did not answer ({type(error).__name__})") from None
        found = []
        for host in listed:
            if str(host.get("Active")) not in ("1", "True"):
                continue
            one = device(host.get("MACAddress"), host.get("HostName"))
            if one is not None:
                found.append(one)
        return believable(
            found, min_devices=self._settings.min_devices, always_there=self._settings.always_there
        )
