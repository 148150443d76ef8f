"""The documents keep up with the code: generated pages fresh, decisions listed, links leading somewhere."""

import re
from pathlib import Path

import pytest

from orchestration.cli import Commands

PRODUCT = Path(__file__).resolve().parents[2]
DOCS = PRODUCT / "docs"
DECISIONS = DOCS / "decisions"
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")


def pages() -> list[Path]:
    return [PRODUCT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
        DOCS.rglob("*.md")
    )


def test_every_decision_is_listed_with_its_title() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    files = sorted(DECISIONS.glob("[0-9]*.md"))
    assert files
    for path in files:
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert f"[{title}]({path.name})" in index, f"{path.name} is not in docs/decisions/README.md"


@pytest.mark.parametrize("part", ["## Context", "## Decision", "## Consequences"])
def test_every_decision_has_its_parts(part: str) -> None:
    missing = [p.name for p in DECISIONS.glob("[0-9]*.md") if part not in p.read_text(encoding="utf-8")]
    assert not missing, f"add {part} to docs/decisions: {', '.join(missing)}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in DECISIONS.glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1)), "give the new decision the next number"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(PRODUCT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    broken = []
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        target = match[1] or match[2]
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
            broken.append(target)
    assert not broken, f"{page.name} leads nowhere: {', '.join(broken)}"


def test_every_command_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    for command in Commands.lazy_commands:
        assert f"## vetro {command.name}\n" in text


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    """The list stands apart from the commands, so that it is printed without importing them."""
    for command in Commands.lazy_commands:
        assert command.summary == (command.loaded().help or "").partition("\n\n")[0], command.name


def test_generated_pages_are_fresh(tmp_path: Path) -> None:
    from orchestration.reference_pages import write_pages

    written = write_pages(tmp_path, scratch=tmp_path / "home")
    assert written
    stale = [
        path.name
        for path in written
        if not (DOCS / "reference" / path.name).is_file()
        or (DOCS / "reference" / path.name).read_text(encoding="utf-8") != path.read_text(encoding="utf-8")
    ]
    assert not stale, f"stale in docs/reference: {stale}; write them anew with: make docs"


def test_the_disclosure_policy_that_dbt_reads_is_the_policy() -> None:
    from orchestration.policy_macro import MACRO, policy_macro

    assert MACRO.read_text(encoding="utf-8") == policy_macro(), "stale; write it anew with: make docs"


def test_the_contract_that_dbt_reads_is_the_contract() -> None:
    from orchestration.contract_macro import MACRO, contract_macro

    assert MACRO.read_text(encoding="utf-8") == contract_macro(), "stale; write it anew with: make docs"


def test_the_registry_that_dbt_reads_is_the_registry() -> None:
    from orchestration.registry_macro import MACRO, registry_macro

    assert MACRO.read_text(encoding="utf-8") == registry_macro(), "stale; write it anew with: make docs"


def test_what_cubes_declare_for_dbt_is_what_they_declare() -> None:
    from orchestration.cube_macro import MACRO, cube_macro

    assert MACRO.read_text(encoding="utf-8") == cube_macro(), "stale; write it anew with: make docs"


def test_the_wide_marts_have_a_column_for_every_indicator_of_their_scope() -> None:
    from orchestration.registry_macro import read_registry
    from orchestration.wide_marts import wide_mart_contracts

    contracts = wide_mart_contracts(read_registry())
    assert len(contracts) > 5
    for path, text in contracts.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: make docs"
