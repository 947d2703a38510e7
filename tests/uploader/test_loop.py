"""Rounds of uploads, and every fault on the way: nothing leaves the disk that is not safe in the bucket."""

from __future__ import annotations

import logging
from base64 import b64encode
from pathlib import Path

import pytest

from app.domain import Tag
from app.store.tagged import TaggedSample, TaggedSamples
from app.uploader.loop import STUCK_SECONDS, Round
from tests.fakes.s3_faults import (
    Answer,
    Fault,
    S3Proxy,
    answer_lost,
    cut_in_the_middle,
    headers_changed,
    on,
    refused,
)
from tests.fakes.s3_server import S3Server
from tests.uploader.conftest import House


def test_a_tagged_sample_moves_into_the_bucket_under_its_own_names(house: House) -> None:
    house.tagged(10)
    before = house.on_disk()
    result = house.uploader.step(house.shutdown)
    assert result == Round(1, sum(map(len, before.values())), 0, "", False)
    assert house.on_disk() == {}
    assert house.in_bucket() == before
    assert house.uploader.last_success_at == house.clock


def test_what_nobody_tagged_stays(house: House) -> None:
    tagged = house.tagged(10)
    house.samples.save(*_untagged(20))
    house.uploader.step(house.shutdown)
    assert {key.split("/")[0] for key in house.in_bucket()} == {tagged}
    assert len(list(house.samples.all())) == 1


def test_the_record_goes_last_so_that_nobody_reads_half_a_sample(house: House) -> None:
    sample_id = house.tagged(10)
    house.uploader.step(house.shutdown)
    names = [key.rpartition("/")[2] for key in house.proxy.keys("PUT")]
    assert names == ["000.jpg", "001.jpg", "002.jpg", "tag.json", "sample.json"]
    assert house.proxy.keys("PUT")[0] == f"pycam/samples/{sample_id}/000.jpg"


def test_every_object_is_confirmed_before_the_first_file_goes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.tagged(10)
    confirmed: list[list[str]] = []
    original = TaggedSamples.remove

    def remove(samples: TaggedSamples, sample: TaggedSample) -> None:
        confirmed.append(house.proxy.keys("HEAD"))
        original(samples, sample)

    monkeypatch.setattr(TaggedSamples, "remove", remove)
    house.uploader.step(house.shutdown)
    assert confirmed == [house.proxy.keys("PUT")]


NONSENSE = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("fault", "permanent", "says"),
    [
        (cut_in_the_middle(on("PUT", "001.jpg")), False, "no usable answer"),
        (answer_lost(on("PUT", "sample.json")), False, "no usable answer"),
        (refused(on("PUT", "tag.json"), 503, "SlowDown"), False, "pause"),
        (refused(on("GET"), 403, "RequestTimeTooSkewed"), False, "the clock of this machine is wrong"),
        (refused(on("GET"), 403, "InvalidAccessKeyId"), True, "access key"),
        (refused(on("PUT"), 403, "AccessDenied"), True, "policy"),
        (refused(on("GET"), 404, "NoSuchBucket"), True, "no such bucket"),
        (headers_changed(on("HEAD"), {"x-amz-checksum-sha256": NONSENSE}), False, "something else"),
        (
            Fault(on("HEAD", "sample.json"), after=lambda answer: Answer(404, {"Content-Length": "0"}, b"")),
            False,
            "something else",
        ),
    ],
    ids=["cut", "answer lost", "SlowDown", "clock", "keys", "policy", "bucket gone", "lies", "forgets"],
)
def test_whatever_goes_wrong_the_disk_keeps_all_and_the_next_round_ends_it(
    house: House, fault: Fault, permanent: bool, says: str
) -> None:
    house.tagged(10)
    before = house.on_disk()
    house.proxy.add(fault)
    result = house.uploader.step(house.shutdown)
    assert (result.uploaded, result.waiting, result.permanent) == (0, 1, permanent)
    assert says in result.problem
    assert says in house.uploader.problem
    assert house.on_disk() == before
    house.proxy.heal()
    assert house.uploader.step(house.shutdown).uploaded == 1
    assert house.uploader.problem == ""
    assert house.in_bucket() == before
    assert house.on_disk() == {}


def test_the_bucket_that_comes_back_gets_what_waited(house: House) -> None:
    raw = house.server.client()
    raw.delete_bucket(Bucket=house.bucket)
    house.tagged(10)
    before = house.on_disk()
    assert "no such bucket" in house.uploader.step(house.shutdown).problem
    raw.create_bucket(Bucket=house.bucket)
    house.uploader.step(house.shutdown)
    assert house.in_bucket() == before


def test_what_is_there_and_verified_is_not_sent_again(house: House) -> None:
    house.tagged(10)
    fault = house.proxy.add(refused(on("PUT", "tag.json"), 500, "InternalError"))
    house.uploader.step(house.shutdown)
    assert fault.happened
    house.proxy.heal()
    house.restart()
    house.uploader.step(house.shutdown)
    assert [key.rpartition("/")[2] for key in house.proxy.keys("PUT")] == ["tag.json", "sample.json"]


def test_what_is_there_but_damaged_is_sent_again(house: House) -> None:
    sample_id = house.tagged(10)
    before = house.on_disk()
    for body in (b"another", bytes(1000)):  # of another size, and of the same
        key = f"pycam/samples/{sample_id}/000.jpg"
        house.server.client().put_object(Bucket=house.bucket, Key=key, Body=body)
        if body == b"another":
            assert house.uploader.step(house.shutdown).uploaded == 1
            house.samples.save(*_untagged(10, sample_id))
            house.tag(sample_id, Tag.OCCUPIED)
    before = house.on_disk()
    house.uploader.step(house.shutdown)
    assert house.in_bucket() == before


def test_one_sample_that_always_fails_does_not_hold_up_the_others(house: House) -> None:
    bad, good = house.tagged(10), house.tagged(20)
    house.proxy.add(refused(lambda seen: bad in seen.key, 403, "AccessDenied"))
    house.uploader.step(house.shutdown)
    result = house.uploader.step(house.shutdown)
    assert (result.uploaded, result.waiting) == (1, 1)
    assert {key.split("/")[0] for key in house.in_bucket()} == {good}


def test_a_changed_tag_follows_its_sample(house: House) -> None:
    sample_id = house.tagged(10, Tag.OCCUPIED)
    house.uploader.step(house.shutdown)
    house.tag(sample_id, Tag.UNOCCUPIED)
    house.proxy.heal()
    assert house.uploader.step(house.shutdown).uploaded == 1
    assert b"unoccupied" in house.in_bucket()[f"{sample_id}/tag.json"]
    assert house.on_disk() == {}
    assert len(house.proxy.keys("PUT")) == 1


def test_a_tag_given_while_its_sample_is_sent_follows_in_the_next_round(house: House) -> None:
    sample_id = house.tagged(10, Tag.OCCUPIED)

    def change_of_mind(handler: object) -> bool:
        house.tag(sample_id, Tag.UNOCCUPIED)
        return False

    house.proxy.add(Fault(on("PUT", "sample.json"), before=change_of_mind))
    assert house.uploader.step(house.shutdown).uploaded == 1
    assert list(house.on_disk()) == [f"{sample_id}/tag.json"]
    house.uploader.step(house.shutdown)
    assert b"unoccupied" in house.in_bucket()[f"{sample_id}/tag.json"]
    assert house.on_disk() == {}


def test_a_tag_that_is_earlier_than_its_sample_waits_for_it(house: House) -> None:
    record, pictures = _untagged(10)
    house.tag(record.id, Tag.OCCUPIED)
    assert house.uploader.step(house.shutdown).uploaded == 0
    assert house.in_bucket() == {}
    house.proxy.heal()
    house.uploader.step(house.shutdown)
    assert house.proxy.seen == []  # nobody else puts it there: asked once is enough
    house.samples.save(record, pictures)
    assert house.uploader.step(house.shutdown).uploaded == 1
    house.tag(record.id, Tag.UNOCCUPIED)
    assert house.uploader.step(house.shutdown).uploaded == 1
    assert b"unoccupied" in house.in_bucket()[f"{record.id}/tag.json"]


def test_kept_copies_stay_and_are_sent_once(
    tmp_path: Path, s3_server: S3Server, s3_proxy: S3Proxy, bucket_name: str
) -> None:
    house = House(tmp_path, s3_server, s3_proxy, bucket_name, keep_local=True)
    house.tagged(10)
    before = house.on_disk()
    assert house.uploader.step(house.shutdown).uploaded == 1
    assert house.uploader.step(house.shutdown).uploaded == 0
    assert house.in_bucket() == before
    assert before.items() <= house.on_disk().items()


def test_the_end_is_heard_between_two_objects(house: House) -> None:
    house.tagged(10)
    before = house.on_disk()

    def end(handler: object) -> bool:
        house.shutdown.request()
        return False

    house.proxy.add(Fault(on("PUT", "001.jpg"), before=end))
    result = house.uploader.step(house.shutdown)
    assert (result.uploaded, result.waiting, result.problem) == (0, 1, "")
    assert len(house.proxy.keys("PUT")) == 2
    assert house.on_disk() == before


def test_a_sample_that_made_room_meanwhile_is_no_problem(house: House) -> None:
    gone, other = house.tagged(10), house.tagged(20)

    def make_room(handler: object) -> bool:
        for path in (house.root / gone).iterdir():
            path.unlink()
        return False

    house.proxy.add(Fault(on("PUT", "000.jpg"), before=make_room, times=1))
    result = house.uploader.step(house.shutdown)
    assert (result.uploaded, result.problem) == (1, "")
    assert f"{other}/sample.json" in house.in_bucket()
    assert f"{gone}/sample.json" not in house.in_bucket()


def test_pauses_grow_to_their_limit_and_end_with_the_first_success(house: House) -> None:
    house.tagged(10)
    house.proxy.add(refused(on("GET"), 403, "RequestTimeTooSkewed"))
    rests = [house.uploader.rest(house.uploader.step(house.shutdown)) for _ in range(3)]
    assert rests == [10, 20, 40]
    house.uploader._failures = 1000
    assert house.uploader.rest(house.uploader.step(house.shutdown)) == 3600
    house.proxy.heal()
    assert house.uploader.rest(house.uploader.step(house.shutdown)) == 300


def test_a_mistake_only_a_person_can_mend_is_tried_seldom(house: House) -> None:
    house.tagged(10)
    house.proxy.add(refused(on("GET"), 403, "InvalidAccessKeyId"))
    assert house.uploader.rest(house.uploader.step(house.shutdown)) == 3600


def test_a_problem_is_logged_once_and_so_is_its_end(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.tagged(10)
    house.proxy.add(refused(on("GET"), 403, "InvalidAccessKeyId"))
    with caplog.at_level(logging.WARNING, "app.uploader"):
        for _ in range(3):
            house.uploader.step(house.shutdown)
        house.proxy.heal()
        house.uploader.step(house.shutdown)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_long_work_says_how_far_it_is(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.tagged(10)

    def slow(handler: object) -> bool:
        house.clock += 6
        return False

    house.proxy.add(Fault(on("PUT"), before=slow))
    with caplog.at_level(logging.INFO, "app.uploader.progress"):
        house.uploader.step(house.shutdown)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert lines[0].startswith("uploading: 0 of 1 samples, 0.0 of 0.0 MB, 0.00 MB/s, about ")


def test_a_round_without_progress_is_stuck(house: House) -> None:
    house.tagged(10)
    stuck: list[bool] = []

    def hang(handler: object) -> bool:
        house.clock += STUCK_SECONDS + 1
        stuck.append(house.uploader.is_stuck)
        return False

    house.proxy.add(Fault(on("PUT", "001.jpg"), before=hang))
    house.uploader.step(house.shutdown)
    assert stuck == [True]
    assert not house.uploader.is_stuck


def _untagged(at: float, sample_id: str | None = None):  # type: ignore[no-untyped-def]
    from tests.store.test_samples import record

    facts = record(at)
    if sample_id is not None:
        facts = facts.model_copy(update={"id": sample_id})
    return facts, [bytes([65 + index]) * 1000 for index in range(3)]
