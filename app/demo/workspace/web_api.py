"""POST /api/METHOD and the upload URL: the order of the checks is Slack's.

1. a fault, if one was ordered   2. the method exists   3. the token   4. its scope   5. the rate   6. the method
"""

from __future__ import annotations

import hmac
import json

from flask import Blueprint, Response, request

from app.demo.workspace import chat, connection_methods, conversations, file_methods, scheduled, view_methods
from app.demo.workspace.faults import UNANSWERED, Fault, Faults, RateLimit, rate_limited
from app.demo.workspace.methods import Args, Context, Method, read_args
from app.demo.workspace.model import Json, Request, SlackError

METHODS: dict[str, Method] = (
    chat.METHODS
    | scheduled.METHODS
    | file_methods.METHODS
    | conversations.METHODS
    | connection_methods.METHODS
    | view_methods.METHODS
)

NO_TOKEN_NEEDED = frozenset({"api.test"})


class WebApi:
    """`tokens` maps each good token to its scopes; tests may change it while it runs."""

    def __init__(
        self, context: Context, tokens: dict[str, frozenset[str]], faults: Faults, rate_limit: RateLimit
    ) -> None:
        self._context = context
        self._tokens = tokens
        self._faults = faults
        self._rate_limit = rate_limit
        self.blueprint = Blueprint("web_api", __name__)
        self.blueprint.add_url_rule("/api/<method>", "call", self._call, methods=["GET", "POST"])
        self.blueprint.add_url_rule("/upload/v1/<token>", "upload", self._upload, methods=["POST"])

    def _call(self, method: str) -> Response:
        fault = self._faults.take(method)
        args = Args()
        done: list[Response] = []

        def work() -> Response:
            try:
                args.update(read_args(request))
                done.append(self._answer(method, args))
            except SlackError as error:
                done.append(refusal(error))
            return done[0]

        answer = self._faults.perform(fault, work)
        args.pop("token", None)
        self._record(
            method, fault, answer, error=_error_of(done[0]) if done else None, worked=bool(done), args=args
        )
        return self._faults.deliver(fault, answer)

    def _record(
        self,
        method: str,
        fault: Fault | None,
        answer: Response,
        *,
        error: str | None,
        worked: bool,
        args: Json,
    ) -> None:
        state = self._context.state
        kind = fault.kind if fault else None
        state.record(
            Request(
                direction="in",
                method=method,
                at=state.clock(),
                status=None if kind in UNANSWERED else answer.status_code,
                ok=worked and error is None,
                error=error or kind,
                fault=kind,
                args=dict(args),
            )
        )

    def _answer(self, name: str, args: Args) -> Response:
        try:
            method = METHODS.get(name)
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            scopes = frozenset() if name in NO_TOKEN_NEEDED else self._authorise(method)
            if name == "chat.postMessage" and not self._admitted(args):
                return rate_limited(1)
            answer = _json({"ok": True, **method.handler(self._context, args)})
            if scopes:
                answer.headers["x-oauth-scopes"] = ",".join(sorted(scopes))
            return answer
        except SlackError as error:
            return refusal(error)

    def _admitted(self, args: Args) -> bool:
        # A channel's name and its id are one channel.
        return self._rate_limit.admit(self._context.state.channel_by_name_or_id(args.required("channel")).id)

    def _authorise(self, method: Method) -> frozenset[str]:
        """The scopes of the token that came. Raises SlackError."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise SlackError("not_authed")
        for known, scopes in self._tokens.items():
            if hmac.compare_digest(known.encode(), token.encode()):
                if method.app_level is not known.startswith("xapp-"):
                    raise SlackError("not_allowed_token_type")
                if method.scope is not None and method.scope not in scopes:
                    raise SlackError("missing_scope", needed=method.scope, provided=",".join(sorted(scopes)))
                return scopes
        raise SlackError("invalid_auth")

    def _upload(self, token: str) -> Response:
        fault = self._faults.take("upload")
        raw = request.get_data()
        parts = list(request.files.values()) if request.mimetype == "multipart/form-data" else []
        data = parts[0].read() if parts else raw
        done: list[Response] = []

        def work() -> Response:
            status, said = self._context.files.receive(token, data)
            done.append(Response(said, status=status, mimetype="text/plain"))
            return done[0]

        answer = self._faults.perform(fault, work)
        refused = done[0].get_data(as_text=True) if done and done[0].status_code != 200 else None
        self._record("upload", fault, answer, error=refused, worked=bool(done), args={"bytes": len(data)})
        return self._faults.deliver(fault, answer)


def refusal(error: SlackError) -> Response:
    """Slack says no with status 200."""
    return _json({"ok": False, "error": error.code, **error.extra})


def _json(value: Json) -> Response:
    return Response(json.dumps(value), mimetype="application/json")


def _error_of(answer: Response) -> str | None:
    value = json.loads(answer.get_data())
    return None if value["ok"] else str(value["error"])
