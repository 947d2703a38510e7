"""Nothing is changed without a yes, and nobody is kept waiting for one where nobody can be asked."""

from __future__ import annotations

import io
import sys

import pytest

from app.learning.consent import agreed


class Terminal(io.StringIO):
    """Somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "yes"), [("y\n", True), (" Yes \n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_only_a_yes_is_one(typed: str, yes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert agreed("Apply it?", can_ask=True, otherwise="pycam tune --apply") is yes


def test_ctrl_c_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_question: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", interrupted)
    assert not agreed("Apply it?", can_ask=True, otherwise="pycam tune --apply")


@pytest.mark.parametrize(("stdin", "can_ask"), [(io.StringIO("y\n"), True), (Terminal("y\n"), False)])
def test_where_nobody_can_be_asked_the_other_way_is_said(
    stdin: io.StringIO, can_ask: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    assert not agreed("Apply it?", can_ask=can_ask, otherwise="pycam tune --apply")
    assert capsys.readouterr().err == "nothing is changed yet: pycam tune --apply\n"
