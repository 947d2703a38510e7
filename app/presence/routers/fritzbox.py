"""FRITZ!Box over TR-064: its host list, with what is active now. The library comes with the extra `presence`."""

from __future__ import annotations

import importlib
import logging
from typing import Any
from xml.etree import ElementTree

from app.presence.routers.router import NoAnswer, Sightings, Tells, believable, device
from app.presence.routers.web import Web
from app.settings.presence import FritzBoxRouter

log = logging.getLogger(__name__)


class FritzBox:
    """See the module. `timeout_seconds` bounds each exchange; that of the list as a whole."""

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
            self._processor: Any = importlib.import_module("fritzconnection.core.processor")
            self._core: Any = importlib.import_module("fritzconnection.core.exceptions")
        except ImportError as error:
            raise NoAnswer(
                f"the FRITZ!Box adapter needs fritzconnection: `make install` brings it ({error})"
            ) from None

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
            listed = self._list(self._hosts.fc)
        except self._core.FritzAuthorizationError:
            self._hosts = None
            raise NoAnswer("the login was refused", refused=True) from None
        except NoAnswer:
            self._hosts = None
            raise
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

    def _list(self, connection: Any) -> list[dict[str, Any]]:
        """All hosts. The library's own get_hosts_attributes() fetches them without a time-out."""
        answer = connection.call_action("Hosts1", "X_AVM-DE_GetHostListPath")
        web = Web(self._timeout)
        web.session = connection.session  # with its login
        page = web.ask("GET", f"{connection.address}:{connection.port}{answer['NewX_AVM-DE_HostListPath']}")
        if page.status != 200:
            raise NoAnswer(f"the box has no list of hosts (HTTP {page.status})")
        root = ElementTree.fromstring(page.text)  # noqa: S314 — expat bounds the expansion, Web the size
        listed: list[dict[str, Any]] = self._processor.HostStorage(root).hosts_attributes
        return listed
