"""The register of error reports: decided lines are published, whoever wrote is in none of them."""

from datetime import date
from pathlib import Path

import pytest

from core.yaml_models import FileUnusable
from publication.error_reports import read_error_reports

LINE = """- received_on: 2026-10-02
  page: territori/096004-biella
  subject_it: Le persone servite del 2025 sembrano poche
  subject_en: People served in 2025 look few
  decision: confirmed
  decided_on: 2026-10-20
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "error_reports.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_nothing_was_decided(tmp_path):
    assert read_error_reports(tmp_path / "error_reports.yaml") == ()


def test_reports_stand_in_the_order_of_their_decisions(tmp_path):
    later = LINE.replace("2026-10-20", "2026-11-03").replace("biella", "altrove")
    reports = read_error_reports(written(tmp_path, later + LINE))
    assert [each.decided_on for each in reports] == [date(2026, 10, 20), date(2026, 11, 3)]
    assert reports[0].page == "territori/096004-biella"


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("decided_on: 2026-10-01", "decided_on: 2026-10-20", "comes after the report"),
        ("decision: corrected", "decision: confirmed", "the release in which the figure changed"),
        ("decision: forgotten", "decision: confirmed", "known: corrected, confirmed, explained"),
        ("page: /it/territori/", "page: territori/096004-biella", "the form is"),
        ("subject_en: ask ada@rossi.example", "subject_en: People served in 2025 look few", "leave them out"),
        (
            "subject_it: tel. 333 1234567",
            "subject_it: Le persone servite del 2025 sembrano poche",
            "toglierli",
        ),
        ("who: somebody\n  decision: confirmed", "decision: confirmed", "who"),
    ],
)
def test_a_line_that_cannot_be_published_is_told_with_its_place(tmp_path, wrong, right, said):
    with pytest.raises(FileUnusable, match=said) as error:
        read_error_reports(written(tmp_path, LINE.replace(right, wrong)))
    assert str(error.value).startswith("error_reports.yaml:")
    assert "ada@rossi" not in str(error.value)
    assert "1234567" not in str(error.value)
