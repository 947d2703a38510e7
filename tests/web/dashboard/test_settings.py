"""What may be set without a shell is proved as at a start, and kept apart from the owner's file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.commands.settings_form import NUMBERS
from app.settings import Settings, load_settings
from app.store.pictures import LastPictures
from app.store.tuning import Tuning
from app.web.dashboard.settings_forms import typed_shapes
from tests.web.dashboard.builders import JPEG
from tests.web.dashboard.conftest import csrf_token, sign_in

MINE = """
cameras:
  - {name: front, source: a.mp4, ignore: [[[0.9, 0], [1, 0], [1, 0.1]]]}
presence:
  people: [{name: Ann, devices: ["aa:bb:cc:00:11:22"], leave_seconds: 77}]
"""
SHAPE = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.4]]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "mine.yml").write_text(MINE)
    monkeypatch.setenv("PYCAM_CONFIG", str(tmp_path / "mine.yml"))
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    return load_settings()


def in_force(number: str) -> str:
    [found] = [one for one in NUMBERS if one.name == number]
    value = getattr(getattr(load_settings(), found.section), number)
    return "" if value is None else f"{value:g}"


def send(client: FlaskClient, form: str, **fields: object) -> str:
    """Post one of the forms; the page that follows."""
    token = csrf_token(client.get("/settings"))
    answer = client.post(f"/settings/{form}", data={"csrf_token": token, **fields}, follow_redirects=True)
    return answer.text


def send_numbers(client: FlaskClient, **changed: str) -> str:
    return send(client, "numbers", **({number.name: in_force(number.name) for number in NUMBERS} | changed))


def test_the_page_shows_what_is_in_force(client: FlaskClient) -> None:
    sign_in(client)
    page = client.get("/settings").text
    for fact in (
        'name="min_area_percent" inputmode="decimal" value="0.4"',
        "Ann",
        "aa:bb:cc:00:11:22",
        "[0.9, 0.0]",
    ):
        assert fact in page


def test_numbers_are_in_force_at_the_next_start_and_the_owners_file_stays(
    client: FlaskClient, tmp_path: Path
) -> None:
    sign_in(client)
    page = send_numbers(client, cooldown_seconds="45", min_area_percent="0,8", min_score="0.6")
    assert "Kept." in page
    settings = load_settings()
    assert settings.trigger.cooldown_seconds == 45
    assert settings.motion.min_area_percent == 0.8
    assert settings.person.min_score == 0.6
    assert (tmp_path / "mine.yml").read_text() == MINE


def test_a_threshold_set_here_is_undone_as_tuning_is(client: FlaskClient, settings: Settings) -> None:
    """One undo for what tuning may turn, whoever turned it last."""
    data = settings.storage.data
    data.mkdir(exist_ok=True)
    (data / "chosen.yml").write_text("motion: {threshold_levels: 7}\n")  # by an older pycam
    sign_in(client)
    send_numbers(client, threshold_levels="9")
    assert load_settings().motion.threshold_levels == 9
    Tuning(data).undo()
    assert load_settings().motion.threshold_levels == 7


def test_masks_of_tuning_are_shown_beside_ones_own_and_stay_when_these_go(
    client: FlaskClient, settings: Settings
) -> None:
    sign_in(client)
    send(client, "mask/front", shapes=json.dumps([SHAPE]))
    tuned = [[0.5, 0.5], [0.6, 0.5], [0.6, 0.6]]
    (settings.storage.data / "tuned.yml").write_text(json.dumps({"cameras": {"front": {"ignore": [tuned]}}}))
    fixed = client.get("/settings").text.partition('data-fixed="')[2].partition('"')[0]
    assert "0.6, 0.6" in fixed
    assert "0.4, 0.4" not in fixed
    send(client, "mask/front", shapes="[]")
    assert [list(map(list, shape)) for shape in load_settings().camera("front").ignore][1:] == [tuned]


def test_an_empty_score_means_what_suits_the_model(client: FlaskClient) -> None:
    sign_in(client)
    send_numbers(client, min_score="0.6")
    send_numbers(client, min_score="")
    assert load_settings().person.min_score is None


def test_what_was_not_changed_is_not_written(client: FlaskClient, settings: Settings) -> None:
    sign_in(client)
    assert "Nothing to change" in send_numbers(client)
    assert not (settings.storage.data / "chosen.yml").exists()
    assert not (settings.storage.data / "tuned.yml").exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cooldown_seconds": "-1"}, "trigger.cooldown_seconds: must be 0 or more"),
        ({"cooldown_seconds": ""}, "must be a number"),
        ({"cooldown_seconds": "nan"}, "must be"),
        ({"cooldown_seconds": "1e400"}, "must be"),
        ({"min_score": "2"}, "person.min_score: must be 1 or less"),
        ({"min_area_percent": "0"}, "motion.min_area_percent: must be above 0"),
        ({"snooze_minutes": "1.5"}, "must be a whole number"),
        ({"quiet_seconds": "<script>"}, "must be a number"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_its_reason(
    client: FlaskClient, changed: dict[str, str], said: str
) -> None:
    sign_in(client)
    before = load_settings()
    page = send_numbers(client, **changed)
    assert "Nothing was changed" in page
    assert said in page
    assert "<script>" not in page
    assert load_settings() == before


def test_a_mask_is_added_to_those_of_the_file_and_can_be_removed(client: FlaskClient) -> None:
    sign_in(client)
    assert "Kept." in send(client, "mask/front", shapes=json.dumps([SHAPE]))
    assert [len(shape) for shape in load_settings().camera("front").ignore] == [3, 3]
    assert load_settings().camera("front").ignore[1] == tuple(map(tuple, SHAPE))
    send(client, "mask/front", shapes="[]")
    assert len(load_settings().camera("front").ignore) == 1


@pytest.mark.parametrize(
    "shapes",
    [
        "x",
        "{}" + "x",
        "[[[0, 0]]]",
        "[[[0, 0], [2, 0], [0, 1]]]",
        '[[["a", 0], [1, 0], [0, 1]]]',
        "[[[0, 0], [1, 0], [1, 1], [0, 1]]]",
        "[" * 5000,
        json.dumps([SHAPE] * 21),
        "[[[NaN, 0], [1, 0], [0, 1]]]",
        "[[[1e999, 0], [1, 0], [0, 1]]]",
    ],
)
def test_a_mask_that_cannot_be_is_refused(client: FlaskClient, shapes: str) -> None:
    sign_in(client)
    before = load_settings()
    assert "Nothing was changed" in send(client, "mask/front", shapes=shapes)
    assert load_settings() == before


def test_a_mask_of_a_camera_there_is_not_is_not_found(client: FlaskClient) -> None:
    sign_in(client)
    token = csrf_token(client.get("/settings"))
    assert client.post("/settings/mask/back", data={"csrf_token": token, "shapes": "[]"}).status_code == 404


def test_people_are_replaced_and_what_the_form_does_not_show_stays(client: FlaskClient) -> None:
    sign_in(client)
    send(
        client,
        "people",
        name=["Ann", "Bob", ""],
        devices=["aa:bb:cc:00:11:22\r\nAA-BB-CC-00-11-33", "bobs-phone", ""],
    )
    ann, bob = load_settings().presence.people
    assert (ann.name, ann.devices, ann.leave_seconds) == (
        "Ann",
        ("aa:bb:cc:00:11:22", "aa:bb:cc:00:11:33"),
        77,
    )
    assert (bob.name, bob.devices) == ("Bob", ("bobs-phone",))


@pytest.mark.parametrize(
    ("name", "devices"),
    [
        (["Ann"], [""]),
        ([""], ["aa:bb:cc:00:11:22"]),
        (["A" * 50], ["x"]),
        (["A"] * 30, ["x"] * 30),
        (["A"], []),
    ],
)
def test_people_who_cannot_be_are_refused(client: FlaskClient, name: list[str], devices: list[str]) -> None:
    sign_in(client)
    before = load_settings()
    assert "Nothing was changed" in send(client, "people", name=name, devices=devices)
    assert load_settings() == before


def test_however_many_mistakes_there_are_what_is_said_of_them_fits_into_a_cookie(client: FlaskClient) -> None:
    sign_in(client)
    names = [f"{number} " + "x" * 50 for number in range(20)]
    page = send(client, "people", name=names, devices=["a-phone"] * 20)
    assert page.count("Nothing was changed") == 5
    cookie = client.get_cookie("pycam")
    assert cookie is not None
    assert len(cookie.value) < 4000


def test_everything_can_go_back_to_what_the_file_says(client: FlaskClient) -> None:
    sign_in(client)
    before = load_settings()
    send_numbers(client, cooldown_seconds="45", min_area_percent="0.8")
    send(client, "mask/front", shapes=json.dumps([SHAPE]))
    send(client, "reset")
    assert load_settings() == before


def test_nobody_sets_anything_without_a_sign_in_or_a_csrf_token(
    client: FlaskClient, settings: Settings
) -> None:
    token = csrf_token(client.get("/sign-in"))
    forms = ("numbers", "mask/front", "people", "reset")
    for form in forms:
        assert client.post(f"/settings/{form}", data={"csrf_token": token}).status_code == 401
    sign_in(client)
    for form in forms:
        assert client.post(f"/settings/{form}").status_code == 400
    assert load_settings() == settings


def test_there_is_a_picture_to_draw_on(client: FlaskClient, settings: Settings) -> None:
    sign_in(client)
    assert client.get("/cameras/front/picture.jpg").status_code == 404
    LastPictures(settings.storage.data / "cameras").save("front", JPEG)
    assert client.get("/cameras/front/picture.jpg").data == JPEG
    assert client.get("/cameras/../picture.jpg").status_code in (404, 308)


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet='[]{},.0123456789e-+"anul tfsNI', max_size=80))
def test_whatever_is_sent_as_a_mask_is_shapes_or_refused(text: str) -> None:
    try:
        shapes = typed_shapes(text)
    except ValueError:
        return
    assert all(0 <= value <= 1 for shape in shapes for corner in shape for value in corner)
