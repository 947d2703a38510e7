"""Tagged samples are read back from the bucket as they were judged on the disk."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import yaml

from app.cli import main
from app.domain import Tag
from app.learning.evaluate_s3 import samples_in
from app.store.bucket import Bucket
from tests.fakes.s3_faults import on, refused
from tests.fakes.s3_fixtures import bucket_name, s3_proxy, s3_server  # noqa: F401 — fixtures
from tests.uploader.conftest import House, house  # noqa: F401 — fixture

# ruff: noqa: F811 — fixtures come in as arguments of the same name

PREFIX = "pycam/samples/"


def bucket_of(house: House) -> Bucket:
    return Bucket.of(house.settings.uploader)


def put(house: House, key: str, body: bytes) -> None:
    house.server.client().put_object(Bucket=house.bucket, Key=PREFIX + key, Body=body)


def test_what_was_uploaded_reads_back_the_same_without_its_pictures(house: House) -> None:
    for at, tag in ((20, Tag.OCCUPIED), (10, Tag.UNOCCUPIED)):
        house.tagged(at, tag)
    before = list(house.samples.all())
    house.uploader.step(house.shutdown)
    house.proxy.heal()
    after = list(samples_in(bucket_of(house), PREFIX))
    assert [(s.record, s.tag) for s in after] == [(s.record, s.tag) for s in before]
    assert all(key.endswith(".json") or not key for key in house.proxy.keys("GET"))


def test_half_a_sample_and_what_is_none_are_left_out(house: House, caplog: pytest.LogCaptureFixture) -> None:
    whole = house.tagged(10)
    house.uploader.step(house.shutdown)
    put(house, "20261120T140301-front-00000000/tag.json", b"{}")  # its sample.json is still to come
    put(house, "holiday/sample.json", b"{}")
    put(house, "holiday/tag.json", b"{}")
    for name in ("tag.json", "sample.json"):
        put(house, f"20261120T140301-front-00000001/{name}", b"not JSON")
    with caplog.at_level(logging.ERROR):
        assert [s.record.id for s in samples_in(bucket_of(house), PREFIX)] == [whole]
    assert len(caplog.records) == 1


def evaluated(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *options: str, **changes: str
) -> int:
    overlay = tmp_path / "overlay.yml"
    uploader = {**house.settings.uploader.model_dump(mode="json"), **changes}
    overlay.write_text(yaml.safe_dump({"uploader": uploader}))
    monkeypatch.setenv("PYCAM_CONFIG", str(overlay))
    monkeypatch.setenv("PYCAM_DATA", str(house.settings.storage.data))
    return main(["evaluate", "--json", *options])


def test_an_evaluation_counts_the_disk_and_the_bucket_and_nothing_twice(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keeping = House(tmp_path, house.server, house.proxy, house.bucket, keep_local=True)
    keeping.tagged(10)
    keeping.uploader.step(keeping.shutdown)
    house.tagged(20)
    house.uploader.step(house.shutdown)
    house.tagged(30)
    evaluated(house, tmp_path, monkeypatch)
    assert json.loads(capsys.readouterr().out)["gate_unknown"] == 2
    evaluated(house, tmp_path, monkeypatch, "--s3")
    assert json.loads(capsys.readouterr().out)["gate_unknown"] == 3


def test_a_bucket_that_cannot_be_read_is_said_in_one_line(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.proxy.add(refused(on("GET"), 403, "AccessDenied"))
    assert evaluated(house, tmp_path, monkeypatch, "--s3") == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    assert "setup.md" in error


def test_an_evaluation_without_a_bucket_says_what_is_missing(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluated(house, tmp_path, monkeypatch, "--s3", enabled="false", bucket="") == 1
    assert "uploader.bucket" in capsys.readouterr().err
