"""Settings: what is right loads, what is wrong stops the start and says where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import Settings, SettingsError, load_settings
from app.settings.load import PACKAGED

NO_PRIVATE = Path("/nonexistent/private.yml")


def load(tmp_path: Path, overlay: str | bytes = "", **environment: str) -> Settings:
    file = tmp_path / "mine.yml"
    file.write_bytes(overlay if isinstance(overlay, bytes) else overlay.encode())
    return load_settings({"PYCAM_CONFIG": str(file), **environment}, private=NO_PRIVATE)


def refusal(tmp_path: Path, overlay: str | bytes, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, overlay, **environment)
    return str(caught.value)


def private_file(tmp_path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    file = tmp_path / "private.yml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(mode)
    return file


# What is right


def test_the_packaged_file_alone_makes_valid_settings_with_one_camera() -> None:
    loaded = load_settings({}, private=NO_PRIVATE)

    assert [camera.name for camera in loaded.cameras] == ["front"]
    assert loaded.secrets.redis_url == "redis://127.0.0.1:6379/0"


def test_the_packaged_file_says_every_default_as_the_code_has_it() -> None:
    assert load_settings({}, private=NO_PRIVATE) == Settings()


def test_the_packaged_file_names_every_setting() -> None:
    text = PACKAGED.read_text(encoding="utf-8")
    sections = Settings.model_fields.keys() - {"secrets"}

    missing = [name for name in sections if f"{name}:" not in text]
    for section in sections - {"log_level", "motion"}:
        value = getattr(Settings(), section)
        model = type(value[0] if isinstance(value, tuple) else value)
        missing += [name for name in model.model_fields if f"{name}:" not in text]
    assert missing == []


def test_an_overlay_changes_only_what_it_names(tmp_path: Path) -> None:
    loaded = load(tmp_path, "trigger: {cooldown_seconds: 3}")

    assert loaded.trigger.cooldown_seconds == 3
    assert loaded.trigger.quiet_seconds == Settings().trigger.quiet_seconds


def test_a_list_in_the_overlay_replaces_the_packaged_list(tmp_path: Path) -> None:
    loaded = load(tmp_path, "cameras:\n  - {name: yard, source: /dev/video0}\n")

    assert [camera.name for camera in loaded.cameras] == ["yard"]


@pytest.mark.parametrize("empty", ["", "# nothing yet\n", "---\n", "null\n", "\ufeff", "storage:\nslack:\n"])
def test_an_overlay_with_nothing_in_it_changes_nothing(tmp_path: Path, empty: str) -> None:
    assert load(tmp_path, empty) == Settings()


def test_an_empty_value_is_kept_where_empty_means_something(tmp_path: Path) -> None:
    assert load(tmp_path, "person: {min_score: 0.5}").person.min_score == 0.5
    assert load(tmp_path, "person: {min_score: null}").person.min_score is None


def test_an_anchor_may_be_used_twice(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        "cameras:\n"
        "  - {name: a, source: x, ignore: &mask [[[0, 0], [1, 0], [1, 1]]]}\n"
        "  - {name: b, source: y, ignore: *mask}\n",
    )

    assert loaded.camera("b").ignore == loaded.camera("a").ignore == (((0, 0), (1, 0), (1, 1)),)


def test_the_environment_names_the_data_folder_over_every_file(tmp_path: Path) -> None:
    assert load(tmp_path, "storage: {data: /a}", PYCAM_DATA="/b").storage.data == Path("/b")


def test_blank_environment_variables_count_as_unset(tmp_path: Path) -> None:
    loaded = load_settings({"PYCAM_CONFIG": " ", "PYCAM_DATA": "", "REDIS_URL": "\t"}, private=NO_PRIVATE)

    assert loaded == Settings()


def test_settings_are_frozen_to_the_last_corner(tmp_path: Path) -> None:
    loaded = load(tmp_path, "cameras: [{name: a, source: x, ignore: [[[0, 0], [1, 0], [1, 1]]]}]")

    assert hash(loaded.cameras[0]) == hash(loaded.cameras[0].model_copy())  # nothing mutable inside
    with pytest.raises(ValueError, match="frozen"):
        loaded.log_level = "DEBUG"  # type: ignore[misc]


def test_a_camera_is_found_by_its_name_and_an_unknown_one_is_an_error() -> None:
    assert Settings().camera("front").source == "picamera"
    with pytest.raises(KeyError):
        Settings().camera("back")


# What is wrong


@pytest.mark.parametrize(
    ("overlay", "line", "key"),
    [
        ("trigger:\n  cooldown_secnds: 3\n", 2, "trigger.cooldown_secnds"),
        ("\n\nlogging: loud\n", 3, "logging"),
        ("cameras:\n  - name: a\n    source: x\n    colour: red\n", 4, "cameras[a].colour"),
    ],
)
def test_an_unknown_key_is_named_with_its_file_and_line(
    tmp_path: Path, overlay: str, line: int, key: str
) -> None:
    assert refusal(tmp_path, overlay) == (
        f"{tmp_path / 'mine.yml'}, line {line}: {key}: is not a setting pycam knows (misspelt?)"
    )


@pytest.mark.parametrize(
    ("overlay", "key"),
    [
        ("cameras: []", "cameras"),
        ("cameras: [{name: ../etc, source: x}]", "cameras[../etc].name"),
        ("cameras: [{name: Front, source: x}]", "cameras[Front].name"),
        ("cameras: [{name: a}]", "cameras[a].source"),
        ("cameras: [{name: a, source: ''}]", "cameras[a].source"),
        ("cameras: [{name: a, source: x, fps: 0}]", "cameras[a].fps"),
        ("cameras: [{name: a, source: x, fps: .nan}]", "cameras[a].fps"),
        ("cameras: [{name: a, source: x, ignore: [[[0, 0], [1, 1]]]}]", "cameras[a].ignore[1]"),
        ("cameras: [{name: a, source: x, ignore: [[[0, 0], [1, 0], [1, 7]]]}]", "cameras[a].ignore[1][3][2]"),
        ("trigger: {window_frames: 2.5}", "trigger.window_frames"),
        ("trigger: {window_frames: -1}", "trigger.window_frames"),
        ("trigger: {quiet_seconds: soon}", "trigger.quiet_seconds"),
        ("trigger: []", "trigger"),
        ("trigger: {window_frames: 2, min_moving_frames: 3}", "trigger"),
        ("person: {min_score: 1.5}", "person.min_score"),
        ("person: {min_score: .nan}", "person.min_score"),
        ("person: {model: ''}", "person.model"),
        ("notifier: {backoff_seconds: 9, backoff_max_seconds: 8}", "notifier"),
        ("uploader: {backoff_seconds: 90, backoff_max_minutes: 1}", "uploader"),
        ("log_level: LOUD", "log_level"),
        ("slack: {owners: [robin]}", "slack.owners[1]"),
        ("slack: {owners: ['']}", "slack.owners[1]"),
        ("slack: {members: ['@sam']}", "slack.members[1]"),
        ("slack: {alerts_channel: '#home'}", "slack.alerts_channel"),
        ("slack: {team_id: our-house}", "slack.team_id"),
        ("storage: everywhere", "storage"),
    ],
)
def test_an_impossible_value_is_named_with_its_file_line_and_key(
    tmp_path: Path, overlay: str, key: str
) -> None:
    assert refusal(tmp_path, overlay, PYCAM_DATA="/b").startswith(f"{tmp_path / 'mine.yml'}, line 1: {key}: ")


def test_every_mistake_has_a_line_of_its_own(tmp_path: Path) -> None:
    message = refusal(tmp_path, "trigger: {a: 1}\nlog_level: LOUD\n")

    assert [line.split(": ")[1] for line in message.splitlines()] == ["trigger.a", "log_level"]


def test_two_cameras_of_one_name_are_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "cameras: [{name: a, source: x}, {name: a, source: y}]")

    assert message == (
        f"{tmp_path / 'mine.yml'}, line 1: cameras: two cameras are called 'a'; each needs a name of its own"
    )


def test_a_key_set_twice_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "trigger:\n  max_seconds: 5\n  max_seconds: 6\n")

    assert message == f"{tmp_path / 'mine.yml'}, line 3: max_seconds: is set twice"


@pytest.mark.parametrize("key", ["1", "on", "null", "2026-11-20", "<<", "[a]", "{a: b}", "1.5"])
def test_a_key_that_is_no_word_is_refused(tmp_path: Path, key: str) -> None:
    message = refusal(tmp_path, f"? {key}\n: {{a: 1}}\n")

    assert message.startswith(f"{tmp_path / 'mine.yml'}, line 1: ")
    assert message.endswith("is not the name of a setting")


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600])
def test_systemd_hands_over_the_secrets_of_a_service(tmp_path: Path, mode: int) -> None:
    private = private_file(tmp_path, "SLACK_BOT_TOKEN: below\nSLACK_SIGNING_SECRET: below\n")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    private_file(credentials, "SLACK_BOT_TOKEN: handed over\nSLACK_APP_TOKEN: handed over\n", mode)
    environment = {"CREDENTIALS_DIRECTORY": str(credentials), "SLACK_APP_TOKEN": "above"}

    secrets = load_settings(environment, private=private).secrets

    assert secrets.slack_signing_secret.get_secret_value() == "below"
    assert secrets.slack_bot_token.get_secret_value() == "handed over"
    assert secrets.slack_app_token.get_secret_value() == "above"


def test_a_service_that_is_handed_other_things_needs_no_secrets_among_them(tmp_path: Path) -> None:
    assert load_settings({"CREDENTIALS_DIRECTORY": str(tmp_path)}, private=NO_PRIVATE) == Settings()


def test_a_mistake_in_what_systemd_hands_over_is_named(tmp_path: Path) -> None:
    file = private_file(tmp_path, "SLACK_TOKEN: xoxb-hidden\n")
    with pytest.raises(SettingsError) as caught:
        load_settings({"CREDENTIALS_DIRECTORY": str(tmp_path)}, private=NO_PRIVATE)
    assert str(caught.value).startswith(f"{file}, line 1: SLACK_TOKEN: is not a secret")


@pytest.mark.parametrize(
    "url",
    [
        "glances",
        "ftp://pi/",
        "http://",
        "http://pi:99999/",
        "http://pi/ <!channel>",
        "http://pi/|x",
        "http://[x/",
    ],
)
def test_a_link_to_glances_is_a_url(tmp_path: Path, url: str) -> None:
    assert "glances.url: must be a URL" in refusal(tmp_path, f"glances: {{url: '{url}'}}")


def test_a_link_to_glances_holds_no_password(tmp_path: Path) -> None:
    said = refusal(tmp_path, "glances: {url: 'http://glances:hidden@pi/'}")
    assert "must not hold a password" in said
    assert "hidden" not in said


@pytest.mark.parametrize("text", ["- a\n", "hello", "5", "[]"])
def test_a_file_that_is_not_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert "must be a mapping of settings" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "a: [1\n",
        "a: b: c\n",
        "a: 2026-99-99\n",
        "a: *nowhere\n",
        'a: !!int ""\n',
        "a: !!python/object/apply:os.system [true]\n",
        "a: 1\n---\nb: 2\n",
        "a: \x00\n",
        "%YAML 3.0\n---\na: 1\n",
        f"a: {'9' * 5000}\n",
    ],
)
def test_text_that_is_not_plain_yaml_is_refused(tmp_path: Path, text: str) -> None:
    message = refusal(tmp_path, text)

    assert "not valid YAML" in message
    assert len(message.splitlines()) == 1


def test_a_file_that_is_not_utf8_is_refused_with_the_line(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"a: 1\nb: \xff\n").startswith(f"{tmp_path / 'mine.yml'}, line 2: ")


def test_a_billion_laughs_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    assert "more than 10,000 values" in refusal(tmp_path, "\n".join(lines))


def test_a_billion_merged_laughs_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 {x: lol}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 10)]

    assert "<<: is not the name of a setting" in refusal(tmp_path, "\n".join(lines))


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: " + "[" * 5000, "a: &a {b: *a}"])
def test_nesting_without_end_is_refused(tmp_path: Path, text: str) -> None:
    assert "nested too deeply" in refusal(tmp_path, text)


def test_a_file_of_megabytes_is_refused(tmp_path: Path) -> None:
    assert "not a settings file" in refusal(tmp_path, b"#" * 1_000_001)


@pytest.mark.parametrize("name", ["missing.yml", ".", "nul\0byte"])
def test_an_overlay_that_cannot_be_read_stops_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({"PYCAM_CONFIG": str(tmp_path / name)}, private=NO_PRIVATE)


# Secrets


def test_secrets_come_from_the_private_file_and_the_environment_wins(tmp_path: Path) -> None:
    private = private_file(tmp_path, "SLACK_BOT_TOKEN: xoxb-file\nSLACK_SIGNING_SECRET: from-file\n")

    secrets = load_settings({"SLACK_BOT_TOKEN": "xoxb-env"}, private=private).secrets

    assert secrets.slack_bot_token.get_secret_value() == "xoxb-env"
    assert secrets.slack_signing_secret.get_secret_value() == "from-file"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o666])
def test_a_private_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    private = private_file(tmp_path, "SLACK_BOT_TOKEN: xoxb-1\n", mode)

    with pytest.raises(SettingsError, match=rf"mode {mode:04o}.*chmod 600"):
        load_settings({}, private=private)


@pytest.mark.parametrize("text", ["", "# none yet", "SLACK_APP_TOKEN:\n"])
def test_a_private_file_with_nothing_in_it_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    assert load_settings({}, private=private_file(tmp_path, text)) == Settings()


def test_an_unknown_secret_is_named_and_its_value_is_not(tmp_path: Path) -> None:
    private = private_file(tmp_path, "SLACK_BOT_TOKEN: x\nSLACK_TOKEN: xoxb-hidden\n")

    with pytest.raises(SettingsError) as caught:
        load_settings({}, private=private)
    assert str(caught.value).startswith(f"{private}, line 2: SLACK_TOKEN: is not a secret pycam knows")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("value", ["123456789", "[hidden-1]", "{a: hidden-1}", "true", "2026-11-20"])
def test_a_secret_that_is_not_text_is_refused_without_being_shown(tmp_path: Path, value: str) -> None:
    private = private_file(tmp_path, f"SLACK_BOT_TOKEN: {value}\n")

    with pytest.raises(SettingsError) as caught:
        load_settings({}, private=private)
    assert str(caught.value).startswith(f"{private}, line 1: secrets.slack_bot_token: ")
    assert "hidden" not in str(caught.value)
    assert "123456789" not in str(caught.value)


@pytest.mark.parametrize("text", ["- xoxb-1", "xoxb-1", "1: x"])
def test_a_private_file_that_is_no_mapping_of_names_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"private\.yml"):
        load_settings({}, private=private_file(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("REDIS_URL", "http://:hunter2@h:1/0"),
        ("REDIS_URL", "redis://:hunter2@h:99999/0"),
        ("REDIS_URL", "redis://:hunter2@h:port/0"),
        ("REDIS_URL", "redis://:hunter2@[h/0"),
        ("SLACK_API_URL", "ftp://hunter2@h"),
        ("SLACK_API_URL", "https://"),
    ],
)
def test_an_impossible_url_is_refused_without_being_shown(name: str, url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({name: url}, private=NO_PRIVATE)
    assert str(caught.value).startswith(f"environment ({name}): secrets.{name.lower()}: ")
    assert "hunter2" not in str(caught.value)


def test_slacks_address_always_ends_with_a_slash() -> None:
    loaded = load_settings({"SLACK_API_URL": "http://127.0.0.1:8/api"}, private=NO_PRIVATE)

    assert loaded.secrets.slack_api_url == "http://127.0.0.1:8/api/"


def test_secrets_are_refused_in_the_open_file(tmp_path: Path) -> None:
    message = refusal(tmp_path, "log_level: INFO\nsecrets: {slack_bot_token: xoxb-hidden}\n")

    assert message == f"{tmp_path / 'mine.yml'}, line 2: secrets: belong into private.yml or the environment"


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        "cameras: [{name: a, source: 'rtsp://me:hidden-1@cam/'}]",
        SLACK_BOT_TOKEN="xoxb-hidden-2",
        SLACK_SIGNING_SECRET="hidden-3",
        SLACK_APP_TOKEN="xapp-hidden-4",
        REDIS_URL="redis://:hidden-5@h/0",
    )

    for shown in (repr(loaded), str(loaded), f"{loaded}", repr(loaded.secrets), repr(loaded.cameras)):
        assert "hidden" not in shown
    assert "hidden-2" not in loaded.model_dump_json()
    assert "secrets" not in loaded.model_dump()


def test_the_secrets_say_which_words_the_logs_must_blot_out() -> None:
    secrets = load_settings(
        {"SLACK_SIGNING_SECRET": "abc123", "REDIS_URL": "redis://:p%40ss@h/0"}, private=NO_PRIVATE
    ).secrets

    assert secrets.words() == ("abc123", "p%40ss", "p@ss")


# Whatever is written there

YAML_LIKE = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    *(
                        "slack:",
                        "cameras:",
                        "trigger:",
                        "storage:",
                        "data:",
                        "secrets:",
                        "motion:",
                        "- ",
                        "  ",
                    ),
                    *("\n", "\n  ", ": ", "{", "}", "[", "]", "&a ", "*a", "!!int ", "!!binary ", "? ", "<<"),
                    *(
                        "|",
                        ">",
                        "'",
                        '"',
                        "%",
                        "@",
                        "#",
                        "---\n",
                        "null",
                        "~",
                        "1e999",
                        ".nan",
                        "0x_",
                        "=",
                        "\t",
                    ),
                    *(
                        "SLACK_BOT_TOKEN: ",
                        "REDIS_URL: ",
                        "redis://",
                        "window_frames: ",
                        "name: a",
                        "source: ",
                    ),
                ]
            ),
            st.text(max_size=5),
        ),
        max_size=25,
    ).map("".join),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=YAML_LIKE)
def test_any_text_makes_settings_or_a_settings_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "any.yml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    file.chmod(0o600)
    for load_it in (
        lambda: load_settings({"PYCAM_CONFIG": str(file), "PYCAM_DATA": "/d"}, private=NO_PRIVATE),
        lambda: load_settings({}, private=file),
    ):
        try:
            assert isinstance(load_it(), Settings)
        except SettingsError as error:
            assert str(file) in str(error)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.binary(max_size=100))
def test_any_bytes_make_settings_or_a_settings_error(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "any.yml"
    file.write_bytes(raw)
    try:
        assert isinstance(load_settings({"PYCAM_CONFIG": str(file)}, private=NO_PRIVATE), Settings)
    except SettingsError as error:
        assert str(file) in str(error)
