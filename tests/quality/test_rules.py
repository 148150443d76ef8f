"""What a rule of the gates counts, and that one which cannot be judged never passes."""

import tempfile
from pathlib import Path

import duckdb
import pytest

from quality.rules import BETWEEN, IN_SET, Rule, judge


@pytest.fixture
def observations(tmp_path: Path) -> Path:
    path = tmp_path / "observations.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table seen as select range as x, case when range < 95 then 'a' else 'b' end as s "
            "from range(100)"
        )
        connection.execute("insert into seen values (null, null)")
        connection.execute("create table nothing (x integer)")
    return path


def test_rows_outside_the_limits_are_counted(observations):
    (verdict,) = judge(observations, [Rule("k", "seen", "x", BETWEEN, 0, 89)])
    assert (verdict.holds, verdict.broken, verdict.examined) == (False, 10, 101)


def test_rows_within_the_limits_and_nulls_hold(observations):
    (verdict,) = judge(observations, [Rule("k", "seen", "x", BETWEEN, 0, 99)])
    assert (verdict.holds, verdict.broken, verdict.error) == (True, 0, None)


def test_one_limit_is_enough(observations):
    verdicts = judge(
        observations,
        [Rule("low", "seen", "x", BETWEEN, lowest=1), Rule("high", "seen", "x", BETWEEN, highest=98)],
    )
    assert [verdict.broken for verdict in verdicts] == [1, 1]


def test_members_outside_a_set_are_counted(observations):
    (verdict,) = judge(observations, [Rule("k", "seen", "s", IN_SET, allowed=("a",))])
    assert (verdict.holds, verdict.broken) == (False, 5)


def test_an_empty_table_breaks_nothing(observations):
    (verdict,) = judge(observations, [Rule("k", "nothing", "x", BETWEEN, 0, 1)])
    assert (verdict.holds, verdict.broken, verdict.examined) == (True, 0, 0)


def test_a_column_that_is_not_there_is_a_failed_check_and_not_a_bad_row(observations):
    missing, present = judge(
        observations, [Rule("no", "seen", "z", BETWEEN, 0, 1), Rule("yes", "seen", "x", BETWEEN, 0, 99)]
    )
    assert not missing.holds
    assert missing.error.endswith(("Error", "Exception"))
    assert present.holds


def test_a_table_that_is_not_there_fails_its_rules_and_no_others(observations):
    missing, present = judge(
        observations, [Rule("no", "z", "x", BETWEEN, 0, 1), Rule("yes", "seen", "x", BETWEEN, 0, 99)]
    )
    assert not missing.holds
    assert missing.error
    assert present.holds


def test_a_rule_of_an_unknown_kind_has_failed(observations):
    (verdict,) = judge(observations, [Rule("k", "seen", "x", "resembles")])
    assert not verdict.holds
    assert verdict.error == "ValueError"


def test_a_file_that_is_no_database_fails_every_rule(tmp_path):
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"no database" * 1000)
    (verdict,) = judge(broken, [Rule("k", "seen", "x", BETWEEN, 0, 1)])
    assert not verdict.holds


def test_the_file_can_be_written_again_in_the_same_process(observations):
    judge(observations, [Rule("k", "seen", "x", BETWEEN, 0, 1)])
    with duckdb.connect(str(observations)) as connection:
        connection.execute("create table later (x integer)")


def test_nothing_is_written_outside_and_nobody_is_told(observations, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    judge(observations, [Rule("k", "seen", "x", BETWEEN, 0, 1)])
    assert list(elsewhere.iterdir()) == []


def test_every_rule_gets_its_own_verdict_in_order(observations):
    rules = [Rule(f"k{number}", "seen", "x", BETWEEN, 0, number) for number in (99, 5, 50)]
    assert [verdict.key for verdict in judge(observations, rules)] == ["k99", "k5", "k50"]
    assert [verdict.holds for verdict in judge(observations, rules)] == [True, False, False]
