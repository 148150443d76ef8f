"""The limits of the gates and the accepted findings: what is wrong in them is told with its place."""

from datetime import date

import pytest

from core.home import VetroHome
from core.yaml_models import FileUnusable
from quality.policy import POLICY_FILE, accepted_findings, load_policy

ENTRY = "- {check: landed.volume, instance: rho, until: 2025-10-31, reason: closed}\n"


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("landed:", "landing:", "landing: .*unknown key; known: landed, marts"),
        ("wide_range: 0.2", "wide_range: 20", "landed.wide_range: .*at most 1"),
        ("severity: critical", "severity: grave", "landed.volume.severity: .*known: critical, warning"),
        ("due_at_least: 12", "due_at_least: -1", "landed.due_at_least: .*at least 0"),
        ("floor: {spend_delivered: 150000", "floor: {spend_delivered: many", "floor.spend_delivered: "),
    ],
)
def test_a_limit_that_cannot_be_is_told(tmp_path, was, now, said):
    text = POLICY_FILE.read_text(encoding="utf-8")
    assert was in text
    path = tmp_path / "policy.yaml"
    path.write_text(text.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(FileUnusable, match=rf"^policy\.yaml:\d+:\d+, .*{said}"):
        load_policy(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY + ENTRY.replace(", reason: closed", ""), r":2:3, \[1\]\.reason: .*missing"),
        (ENTRY.replace("2025-10-31", "soon"), r":1:48, \[0\]\.until: .*date"),
        (ENTRY.replace("until", "til"), r":1:41, \[0\]\.til: .*unknown key"),
        ("check: landed.volume\n", r":1:1: .*list"),
        ("- [\n", r":2:1: .*readable YAML"),
    ],
)
def test_an_accepted_finding_that_cannot_be_is_told(tmp_path, text, said):
    (tmp_path / "accepted-findings.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FileUnusable, match=rf"^accepted-findings\.yaml{said}"):
        accepted_findings(VetroHome.at(tmp_path), date(2025, 10, 1))


def test_an_accepted_finding_holds_until_its_last_day(tmp_path):
    home = VetroHome.at(tmp_path)
    (tmp_path / "accepted-findings.yaml").write_text("# none\n" + ENTRY, encoding="utf-8")
    assert [found.reason for found in accepted_findings(home, date(2025, 10, 31))] == ["closed"]
    assert accepted_findings(home, date(2025, 11, 1)) == []
    (tmp_path / "accepted-findings.yaml").write_text("# none\n", encoding="utf-8")
    assert accepted_findings(home, date(2025, 10, 31)) == []
