"""Each address that docs/notifications.md shows is one that Apprise and the settings understand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from app.notifier.messenger import Messenger
from app.settings import Settings
from app.settings.notify import NotifyTarget

MANUAL = (Path(__file__).parents[2] / "docs/notifications.md").read_text(encoding="utf-8")
TABLE = re.findall(r"^\| [^|`]+ \| `(\S+://\S+?)`", MANUAL, re.MULTILINE)


@pytest.mark.parametrize("url", TABLE, ids=lambda url: url.partition(":")[0])
def test_an_address_of_the_table_is_understood(url: str) -> None:
    assert Messenger(1, NotifyTarget.model_validate({"url": url})).service()


def test_the_table_was_found() -> None:
    assert len(TABLE) >= 10


def test_the_example_may_stand_in_private_yml() -> None:
    (example,) = re.findall(r"```yaml\n(NOTIFY:.*?)```", MANUAL, re.DOTALL)
    settings = Settings.model_validate({"secrets": {"notify": yaml.safe_load(example)["NOTIFY"]}})
    assert [target.when for target in settings.secrets.notify] == ["slack_failed", "night", "unacknowledged"]
    assert all(Messenger(1, target).service() for target in settings.secrets.notify)


def test_the_table_of_keys_is_what_a_target_knows() -> None:
    table = MANUAL[MANUAL.index("| key | means") : MANUAL.index("At most 20")]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {field.alias or name for name, field in NotifyTarget.model_fields.items()}
