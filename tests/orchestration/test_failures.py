"""Errors are for people: what, where, what to do, and never a value."""

from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from core.settings import Settings
from orchestration.failures import explain, reason
from orchestration.warehouse import without_values
from publication.release import UnknownReleaseError


def raised(function) -> Exception:
    with pytest.raises(Exception) as caught:
        function()
    return caught.value


def test_our_own_sentence_is_repeated() -> None:
    assert explain(VetroError("dbt could not start")).sentence == "vetro: dbt could not start"


def test_a_room_chooses_its_exit_code() -> None:
    assert explain(UnknownReleaseError("no such release")).exit_code == 2
    assert explain(VetroError("dbt could not start")).exit_code == 3


def test_a_full_disk_is_called_so_whatever_the_engine_makes_of_it() -> None:
    full = "copy (select range from range(100000)) to '/dev/full' (format csv, use_tmp_file false)"
    failure = explain(raised(lambda: duckdb.execute(full)))
    assert failure.exit_code == 3
    assert "no space is left" in failure.sentence
    assert "spazio su disco" in failure.sentence


@pytest.mark.parametrize("damage", ["head", "block", "end"])
def test_a_damaged_database_is_called_so_with_what_to_do(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table t as select md5(range::varchar) as a from range(50000)")
    content = bytearray(file.read_bytes())
    if damage == "end":
        content = content[: len(content) // 2]
    else:
        start = 0 if damage == "head" else len(content) // 3
        content[start : start + 20_000] = bytes(20_000)
    file.write_bytes(content)
    with pytest.raises(duckdb.Error) as caught, duckdb.connect(str(file)) as connection:
        connection.execute("select max(a) from t")
    failure = explain(caught.value)
    assert failure.exit_code == 3
    assert "is damaged" in failure.sentence and "è danneggiato" in failure.sentence
    assert str(tmp_path) not in failure.sentence


def test_a_wrong_setting_is_named_and_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VETRO_THREADS", "many")
    failure = explain(raised(Settings))
    assert failure.exit_code == 2
    assert "VETRO_THREADS" in failure.sentence
    assert "many" not in failure.sentence


def test_a_setting_that_is_no_json_is_a_usage_error_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VETRO_SOURCE_CREDENTIALS", '{"rho": {"password": "not to be shown"')
    with pytest.raises(ValueError) as caught:
        Settings()
    failure = explain(caught.value)
    assert failure.exit_code == 2
    assert "VETRO_" in failure.sentence and "not to be shown" not in failure.sentence


def test_an_unexpected_error_keeps_its_words_to_itself() -> None:
    failure = explain(ValueError("could not convert 'RSSMRA80A01H501U'"))
    assert "RSSMRA80A01H501U" not in failure.sentence
    assert "ValueError" in failure.sentence
    assert "--debug" in failure.sentence
    assert failure.exit_code == 3


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    failure = explain(raised(lambda: (tmp_path / "gone").read_text()))
    assert str(tmp_path / "gone") in failure.sentence
    assert "Check the path" in failure.sentence


def test_values_between_quotes_are_taken_out_of_an_engines_message() -> None:
    message = "Conversion Error: Could not convert string 'RSSMRA80A01H501U' to INT64\n\nLINE 1: \"secret\""
    assert "RSSMRA80A01H501U" not in without_values(message)
    assert "secret" not in without_values(message)
    assert "Conversion Error" in without_values(message)


def test_only_the_kind_of_a_foreign_error_may_be_kept() -> None:
    assert reason(KeyError("a value")) == "KeyError"
