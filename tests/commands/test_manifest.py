"""The manifest, held against the rules of Slack's manifest schema (slackapi/manifest-schema, 2.0.0)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli import main
from app.commands.manifest import BOT_SCOPES, manifest
from app.commands.manifest_cli import NOWHERE
from app.commands.table import COMMANDS
from app.demo.workspace.workspace import DEFAULT_SCOPES

URL = "https://pi.example.org/pycam"

ROOT = Path(__file__).parent.parent.parent


def of_object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """Every object of the schema refuses what it does not know."""
    return {"properties": properties, "required": required}


def text(longest: int, shortest: int = 1, begins: tuple[str, ...] = ("",)) -> dict[str, Any]:
    return {"longest": longest, "shortest": shortest, "begins": begins}


WEB = ("http://", "https://")
SCHEMA = of_object(
    {
        "_metadata": of_object({"major_version": int, "minor_version": int}),
        "display_information": of_object(
            {
                "name": text(35),
                "description": text(140),
                "long_description": text(4000, 175),
                "background_color": text(7, 4, ("#",)),
            },
            "name",
        ),
        "features": of_object(
            {
                "app_home": of_object(
                    {
                        "home_tab_enabled": bool,
                        "messages_tab_enabled": bool,
                        "messages_tab_read_only_enabled": bool,
                    }
                ),
                "bot_user": of_object({"display_name": text(80), "always_online": bool}, "display_name"),
                "slash_commands": [
                    50,
                    of_object(
                        {
                            "command": text(32, 2, ("/",)),
                            "url": text(3000, 1, WEB),
                            "description": text(2000),
                            "usage_hint": text(1000),
                            "should_escape": bool,
                        },
                        "command",
                        "description",
                    ),
                ],
            }
        ),
        "oauth_config": of_object({"scopes": of_object({"bot": [255, text(200)], "user": [255, text(200)]})}),
        "settings": of_object(
            {
                "event_subscriptions": of_object(
                    {
                        "request_url": text(3000, 1, WEB),
                        "bot_events": [100, text(200)],
                        "user_events": [100, text(200)],
                    }
                ),
                "interactivity": of_object(
                    {
                        "is_enabled": bool,
                        "request_url": text(3000, 1, WEB),
                        "message_menu_options_url": text(3000, 1, WEB),
                    },
                    "is_enabled",
                ),
                "org_deploy_enabled": bool,
                "socket_mode_enabled": bool,
                "token_rotation_enabled": bool,
            }
        ),
    },
    "display_information",
)


def breaches(value: Any, rule: Any, where: str = "") -> list[str]:
    """Every place where `value` breaks `rule`."""
    if isinstance(rule, type):
        return [] if type(value) is rule else [f"{where}: is no {rule.__name__}"]
    if isinstance(rule, list):
        most, each = rule
        found = [b for i, item in enumerate(value) for b in breaches(item, each, f"{where}[{i}]")]
        return found if 1 <= len(value) <= most else [*found, f"{where}: {len(value)} entries"]
    if "longest" in rule:
        fits = isinstance(value, str) and rule["shortest"] <= len(value) <= rule["longest"]
        return [] if fits and value.startswith(rule["begins"]) else [f"{where}: {value!r}"]
    missing = [f"{where}.{name}: is missing" for name in rule["required"] if name not in value]
    unknown = [f"{where}.{name}: is unknown" for name in value if name not in rule["properties"]]
    known = [name for name in value if name in rule["properties"]]
    return [
        *missing,
        *unknown,
        *(b for name in known for b in breaches(value[name], rule["properties"][name], f"{where}.{name}")),
    ]


@pytest.mark.parametrize("url", [None, URL])
def test_slacks_schema_takes_it(url: str | None) -> None:
    assert breaches(manifest(COMMANDS, url=url), SCHEMA) == []


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda m: m["display_information"].update(name="n" * 36), ".display_information.name"),
        (lambda m: m["features"]["slash_commands"][0].update(command="pycam_on"), "slash_commands[0].command"),
        (lambda m: m["features"]["slash_commands"][1].update(usage_hint=""), "slash_commands[1].usage_hint"),
        (lambda m: m["features"]["slash_commands"].extend([{"command": "/x", "description": "x"}] * 50), "entries"),
        (lambda m: m["features"]["slash_commands"][0].pop("description"), "is missing"),
        (lambda m: m["settings"].update(socket_mode=True), "is unknown"),
        (lambda m: m["settings"].update(socket_mode_enabled="yes"), "is no bool"),
    ],
)  # fmt: skip
def test_the_check_finds_what_slack_would_refuse(spoil: Any, where: str) -> None:
    spoilt = manifest(COMMANDS, url=None)
    spoil(spoilt)
    assert any(where in breach for breach in breaches(spoilt, SCHEMA))


def test_every_command_of_the_table_is_in_it_and_no_other() -> None:
    listed = manifest(COMMANDS, url=None)["features"]["slash_commands"]
    assert [entry["command"] for entry in listed] == [f"/{name}" for name in COMMANDS]


def test_socket_mode_names_no_address() -> None:
    told = manifest(COMMANDS, url=None)
    assert told["settings"]["socket_mode_enabled"] is True
    assert "url" not in yaml.safe_dump(told)


def test_over_http_each_command_has_the_address_the_web_process_listens_on() -> None:
    told = manifest(COMMANDS, url=URL)
    assert told["settings"]["socket_mode_enabled"] is False
    assert told["settings"]["interactivity"]["request_url"] == f"{URL}/interactive"
    assert {e["command"]: e["url"] for e in told["features"]["slash_commands"]} == {
        f"/{name}": f"{URL}/{name}" for name in COMMANDS
    }


def test_it_asks_for_the_scopes_the_stand_in_grants() -> None:
    assert frozenset(BOT_SCOPES) == DEFAULT_SCOPES


def test_the_tool_prints_yaml_that_is_the_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "--socket"]) == 0
    printed = capsys.readouterr().out
    assert yaml.safe_load(printed) == manifest(COMMANDS, url=None)
    assert "connections:write" in printed
    assert main(["manifest", "--url", URL + "/", "--name", "our camera"]) == 0
    printed = capsys.readouterr().out
    assert yaml.safe_load(printed) == manifest(COMMANDS, url=URL, name="our camera")
    assert "SLACK_SIGNING_SECRET" in printed
    assert NOWHERE not in printed


def test_without_an_address_there_is_one_to_fill_in_that_leads_nowhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["manifest"]) == 0
    printed = capsys.readouterr().out
    assert yaml.safe_load(printed) == manifest(COMMANDS, url=NOWHERE)
    assert f"in the place of {NOWHERE}" in printed
    assert NOWHERE.endswith(".invalid")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--socket", "--url", URL],
        ["--url", "http://pi.example.org"],
        ["--url", "pi.example.org"],
        ["--url", "https://"],
        ["--url", "https://me:pass@pi.example.org"],
        ["--url", "https://pi.example.org?x=1"],
        ["--url", "https://pi.example.org:port"],
        ["--socket", "--name", "n" * 36],
    ],
)
def test_what_slack_could_not_use_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["manifest", *arguments])
    assert caught.value.code == 2


def test_the_manifest_that_setup_md_has_pasted_is_the_one_of_today(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Renew it with `pycam manifest --socket > deploy/slack/manifest.yml`."""
    assert main(["manifest", "--socket"]) == 0
    assert (ROOT / "deploy/slack/manifest.yml").read_text(encoding="utf-8") == capsys.readouterr().out
