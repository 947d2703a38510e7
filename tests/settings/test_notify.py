"""NOTIFY in private.yml: what may stand there, what a mistake says, and what the logs must blot out."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logs import redact
from app.settings import Settings, SettingsError, load_settings
from app.settings.notify import NotifyTarget


def loaded(tmp_path: Path, text: str, **environment: str) -> Settings:
    private = tmp_path / "private.yml"
    private.write_text(text)
    private.chmod(0o600)
    return load_settings({"PYCAM_DATA": str(tmp_path), **environment}, private=private)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_nobody_is_told_besides_slack_unless_private_yml_says_so(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").secrets.notify == ()


def test_a_target_that_says_nothing_more_is_told_of_everything(tmp_path: Path) -> None:
    (target,) = loaded(tmp_path, "NOTIFY:\n  - url: ntfy://my-topic\n").secrets.notify
    assert (target.when, target.delay_seconds, target.cameras, target.picture) == ("always", 0, (), True)


def test_all_that_may_be_said_of_a_target_is_read(tmp_path: Path) -> None:
    text = """
NOTIFY:
  - {url: "ntfy://one", when: slack_failed, after_seconds: 90}
  - {url: "ntfy://two", when: unacknowledged, after_minutes: 7, cameras: [front], picture: false}
  - url: ntfy://three
    when: night
    from: 21:30
    to: 06:15
"""
    one, two, three = loaded(tmp_path, text).secrets.notify
    assert (one.delay_seconds, two.delay_seconds, two.cameras, two.picture) == (90, 420, ("front",), False)
    assert (three.night_from, three.night_to, three.delay_seconds) == (time(21, 30), time(6, 15), 0)
    assert [target.in_words() for target in (one, two, three)] == [
        "if Slack does not have it after 90 s",
        "if nobody reacts within 7 min, of front, without the picture",
        "from 21:30 to 06:15",
    ]


@given(st.integers(0, 23), st.integers(0, 59), st.booleans(), st.booleans())
def test_a_time_of_day_means_the_same_with_quotes_and_without(
    hour: int, minute: int, quoted: bool, padded: bool
) -> None:
    """YAML 1.1 takes 22:00 for the number 1320."""
    import yaml

    written = f"{hour:02}:{minute:02}" if padded else f"{hour}:{minute:02}"
    read = yaml.safe_load(f'"{written}"' if quoted else written)
    target = NotifyTarget.model_validate(
        {"url": "ntfy://x", "from": read, "to": time(hour, (minute + 1) % 60)}
    )
    assert target.night_from == time(hour, minute)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("when: sometimes", "[1].when: must be 'always', 'slack_failed', 'night' or 'unacknowledged'"),
        ("from: 25:00", "[1].from: must be a time of day such as 22:00"),
        ("from: 22", "[1].from: must be a time of day such as 22:00"),
        ("to: noon", "[1].to: must be a time of day such as 22:00"),
        ("to: 22:00", "[1]: from and to are the same time"),
        ("after_seconds: -1", "[1].after_seconds: must be 0 or more"),
        ("after_minutes: soon", "[1].after_minutes: must be a number"),
        ("cameras: front", "[1].cameras: must be a list"),
        ("colour: red", "[1].colour: is not a setting pycam knows"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_place_and_without_the_address(
    tmp_path: Path, line: str, said: str
) -> None:
    message = refusal(tmp_path, f"NOTIFY:\n  - url: ntfy://my-topic\n    {line}\n")
    assert message.startswith("private.yml, line ")
    assert f"secrets.notify{said}" in message
    assert "my-topic" not in message


@pytest.mark.parametrize(
    "url", ["my-topic", "my-topic://", "://my-topic", "ntfy://my-topic and more", "[my-topic]"]
)
def test_what_is_no_address_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    message = refusal(tmp_path, f"NOTIFY:\n  - url: {url}\n")
    assert "secrets.notify[1].url: " in message
    assert "my-topic" not in message


@pytest.mark.parametrize("text", ["NOTIFY: ntfy://my-topic\n", "NOTIFY: {url: 'ntfy://my-topic'}\n"])
def test_one_address_that_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text) == "private.yml, line 1: secrets.notify: must be a list, such as [a, b]"


def test_more_targets_than_there_are_threads_for_are_refused(tmp_path: Path) -> None:
    assert "must have 20 of them, has 21" in refusal(tmp_path, "NOTIFY:\n" + "  - url: ntfy://a\n" * 21)


def test_a_camera_that_there_is_none_of_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "NOTIFY:\n  - {url: 'ntfy://t', cameras: [attic]}\n")
    assert "NOTIFY[1].cameras: there is no camera 'attic'" in message


def test_a_variable_of_that_name_is_somebody_elses(tmp_path: Path) -> None:
    assert loaded(tmp_path, "", NOTIFY="ready").secrets.notify == ()


def test_the_address_is_never_shown(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "NOTIFY:\n  - url: ntfy://my-secret-topic\n")
    for shown in (
        repr(settings),
        str(settings.secrets),
        repr(settings.secrets.notify),
        settings.model_dump_json(),
    ):
        assert "my-secret-topic" not in shown


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("mailtos://us:pa%40ss@smtp.example.org?to=me@elsewhere.net", ("pa%40ss", "pa@ss")),
        ("tgram://123456789:AAbbCC_ddEE-ff/987654321/", ("AAbbCC_ddEE-ff", "987654321", "123456789")),
        ("pover://userkey1234@apptoken56", ("userkey1234", "apptoken56")),
        ("ntfy://my-very-own-topic", ("my-very-own-topic",)),
        ("json://host.example/hook?+Authorization=Bearer12345&password=abcd", ("Bearer12345", "abcd")),
    ],
)
def test_the_logs_blot_out_the_address_and_every_key_within_it(url: str, secrets: tuple[str, ...]) -> None:
    words = Settings.model_validate({"secrets": {"notify": [{"url": url}]}}).secrets.words()
    assert redact(f"told {url}!", words) == "told [secret]!"
    for secret in secrets:
        assert secret not in redact(f"said {secret} aloud", words)


def test_the_name_of_a_server_stays_readable() -> None:
    target = NotifyTarget.model_validate(
        {"url": "mailtos://us:password@smtp.example.org:465?to=me@elsewhere.net"}
    )
    assert redact("smtp.example.org:465 refused", list(target.words())) == "smtp.example.org:465 refused"
