from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.glances import glances
from app.commands.request import Mistake
from tests.commands.builders import context_with, request_of, snapshot_with


def test_the_link_is_the_one_of_the_settings(tmp_path: Path) -> None:
    context = context_with(tmp_path, glances={"url": "https://pi.example:61208/?a=1&b=2"})
    reply = glances(request_of("glances"), snapshot_with(), context)
    assert reply.text == "Glances: <https://pi.example:61208/?a=1&amp;b=2>"
    assert not reply.in_channel


def test_without_a_link_it_is_said_where_to_set_one(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"glances\.url"):
        glances(request_of("glances"), snapshot_with(), context_with(tmp_path))
