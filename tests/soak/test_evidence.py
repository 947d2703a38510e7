"""What a failed run leaves behind: enough to say why an item waited."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.store.outbox import Outbox
from soak.disk import SmallDisk
from soak.evidence import waiting

EVENT = "20261120T160000-back-0123abcd"
JPEG = b"\xff\xd8\xff\xd9"


def test_each_waiting_item_is_told_with_its_progress_its_last_error_and_its_lines_of_the_log(
    tmp_path: Path,
) -> None:
    outbox = Outbox(tmp_path)
    payload = {"event": {"id": EVENT}, "training": True}
    id_ = outbox.put("alert", payload, lane="alerts", picture=JPEG, now=1000.0)
    (item,) = outbox.pending()
    outbox.keep_progress(
        item.model_copy(update={"progress": {"ts": "1.5"}, "attempts": 3, "reason": "Slack was away"})
    )
    log = [f"INFO sent: edit 7.edit-{EVENT}", f"WARNING alert {id_}, attempt 3", "INFO sent: reply 9"]

    told, *lines = waiting(tmp_path / "pending", log, 1075.0)

    for part in (id_, "with a picture", "put 75.0 s ago", "3 attempts", "'ts': '1.5'", "Slack was away"):
        assert part in told
    assert [line.strip() for line in lines] == log[:2]


def test_what_is_no_item_is_told_as_well(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text("half a fi")
    (told,) = waiting(tmp_path, [], 0.0)
    assert "1.json, which cannot be read" in told


def test_what_is_to_be_kept_outlives_the_small_disk(tmp_path: Path) -> None:
    disk = SmallDisk.mount(tmp_path / "data")
    if disk is None:
        pytest.skip("only root may mount a small disk")
    (tmp_path / "data" / "outbox").mkdir()
    (tmp_path / "data" / "outbox" / "item.json").write_text("{}")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "data" / "s"))

    disk.unmount(keep=True)

    assert not (tmp_path / "data").is_mount()
    assert (tmp_path / "data" / "outbox" / "item.json").read_text() == "{}"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
