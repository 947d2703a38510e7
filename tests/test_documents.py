"""What the documents list is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app
from app.cli import main
from app.commands.table import COMMANDS
from app.domain import Role
from app.state import facts, keys, wishes

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "setup.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROCESSES = ("web", "socket", "dashboard", "camera", "presence", "notifier", "uploader")


def test_the_map_names_every_part_of_the_product_and_no_other() -> None:
    parts = {path.name for path in APP.glob("*.py")} - {"__init__.py"}
    parts |= {f"{path.name}/" for path in APP.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set(re.findall(r"^    ([\w/.-]+)  ", app.__doc__ or "", re.MULTILINE)) == parts


def test_the_readme_lists_every_command_with_its_usage_and_who_may() -> None:
    rows = re.findall(r"^\| `/(\w+)(?: (.*?))?` \| .* \| (\w+) \|$", README, re.MULTILINE)
    listed = {name: (usage.replace("\\|", "|"), who) for name, usage, who in rows}
    assert listed == {
        name: (command.usage, "members" if command.role is Role.MEMBER else "owners")
        for name, command in COMMANDS.items()
    }


@pytest.mark.parametrize("process", PROCESSES)
def test_the_readme_and_the_architecture_know_every_process(
    process: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"**{process}**" in README
    assert f"| `pycam {process}" in ARCHITECTURE
    with pytest.raises(SystemExit):
        main([process, "--help"])
    assert f"pycam {process}" in capsys.readouterr().out


def test_the_architecture_lists_every_key_and_field_in_redis() -> None:
    table = ARCHITECTURE[ARCHITECTURE.index("## In Redis") : ARCHITECTURE.index("## Imports")]
    named = set(re.findall(r"`([a-z:_]+)[^`]*`", table))
    all_keys = {value for name, value in vars(keys).items() if name.isupper()}
    fields = {f"{name}:" for kinds in (wishes._PER_CAMERA, facts._NAMED) for name in kinds}
    fields |= {name for kinds in (wishes._SINGLE, facts._SINGLE) for name in kinds}
    assert all_keys - named == set()
    assert {field for field in fields if not any(name.startswith(field) for name in named)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_into_the_project_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    inside = [target.partition("#")[0] for target in targets if "://" not in target]
    assert [target for target in inside if target and not (page.parent / target).exists()] == []
