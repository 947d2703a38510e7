"""As much of a FRITZ!Box's TR-064 as fritzconnection needs, over real HTTP: descriptions, SOAP and the host list."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from xml.sax.saxutils import escape

_HOSTS = "urn:dslforum-org:service:Hosts:1"

_DESCRIPTION = f"""<?xml version="1.0"?>
<root xmlns="urn:dslforum-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>
<systemVersion><HW>226</HW><Major>154</Major><Minor>7</Minor><Patch>57</Patch><Buildnumber>1</Buildnumber>
<Display>154.07.57</Display></systemVersion>
<device><deviceType>urn:dslforum-org:device:InternetGatewayDevice:1</deviceType>
<friendlyName>FRITZ!Box 7590</friendlyName><modelName>FRITZ!Box 7590</modelName>
<serviceList><service><serviceType>{_HOSTS}</serviceType><serviceId>urn:LanDeviceHosts-com:serviceId:Hosts1</serviceId>
<controlURL>/upnp/control/hosts</controlURL><eventSubURL>/upnp/control/hosts</eventSubURL>
<SCPDURL>/hostsSCPD.xml</SCPDURL></service></serviceList></device></root>"""

_SCPD = """<?xml version="1.0"?>
<scpd xmlns="urn:dslforum-org:service-1-0"><specVersion><major>1</major><minor>0</minor></specVersion>
<actionList><action><name>X_AVM-DE_GetHostListPath</name><argumentList><argument>
<name>NewX_AVM-DE_HostListPath</name><direction>out</direction>
<relatedStateVariable>X_AVM-DE_HostListPath</relatedStateVariable></argument></argumentList></action></actionList>
<serviceStateTable><stateVariable sendEvents="no"><name>X_AVM-DE_HostListPath</name><dataType>string</dataType>
</stateVariable></serviceStateTable></scpd>"""

_ANSWER = f"""<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<u:X_AVM-DE_GetHostListPathResponse xmlns:u="{_HOSTS}">
<NewX_AVM-DE_HostListPath>/devicehostlist.lua?sid=0123456789abcdef</NewX_AVM-DE_HostListPath>
</u:X_AVM-DE_GetHostListPathResponse></s:Body></s:Envelope>"""


class FakeFritzBox:
    """`hosts`: (MAC, host name, active). `fault`: None, 'refuse' (401), 'html', 'error' (500);
    of the list only 'no list' (404), 'hang', 'drip'."""

    def __init__(self) -> None:
        self.hosts: list[tuple[str, str, bool]] = []
        self.fault: str | None = None
        self.described = 0
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> FakeFritzBox:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def host_list(self) -> str:
        items = [
            f"<Item><Index>{index}</Index><IPAddress>192.168.178.{20 + index}</IPAddress>"
            f"<MACAddress>{mac}</MACAddress><Active>{int(active)}</Active><HostName>{escape(name)}</HostName>"
            f"<InterfaceType>802.11</InterfaceType></Item>"
            for index, (mac, name, active) in enumerate(self.hosts, 1)
        ]
        return f'<?xml version="1.0"?><List>{"".join(items)}</List>'

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        box = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if path == "/tr64desc.xml":
                    box.described += 1
                    self._say(200, _DESCRIPTION)
                elif path == "/hostsSCPD.xml":
                    self._say(200, _SCPD)
                elif path == "/devicehostlist.lua" and box.fault in ("hang", "drip"):
                    self._hang(drip=box.fault == "drip")
                elif path == "/devicehostlist.lua" and box.fault != "no list":
                    self._say(200, "<html>busy" if box.fault == "html" else box.host_list())
                else:
                    self._say(404, "<html><body>404 Not Found (ERR_NOT_FOUND)</body></html>")

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if box.fault == "refuse":
                    self._say(401, "<html><body>401 Unauthorized (ERR_NONE)</body></html>")
                elif box.fault == "error":
                    self._say(500, "<html>internal error</html>")
                else:
                    self._say(200, _ANSWER)

            def _hang(self, *, drip: bool) -> None:
                self.send_response(200)
                self.end_headers()
                with suppress(OSError):  # whoever asked has given up
                    while not box.closing.wait(0.1):
                        if drip:
                            self.wfile.write(b" ")

            def _say(self, status: int, text: str) -> None:
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
