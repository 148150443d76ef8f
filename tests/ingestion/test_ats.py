"""Which ATS a comune belongs to is read as people wrote it, or each wrong line is told."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from core.home import VetroHome
from core.home_files import HomeFileError
from ingestion.reference.ats import (
    ATS_SCHEMA,
    COLUMNS,
    Membership,
    read_memberships,
    register_ats,
    write_ats_comuni,
)
from simulation.territories import TERRITORIES, ats_memberships

RHO = "03-rhodense,Rhodense,015182,2020-01-01,"


def write(home: VetroHome, *lines: str) -> None:
    home.ats_file.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")


def test_without_a_file_no_comune_has_an_ats(home: VetroHome) -> None:
    assert read_memberships(home) == []
    write_ats_comuni(home)
    table = pq.read_table(home.reference / "ats_comune.parquet")
    assert (table.num_rows, table.schema) == (0, ATS_SCHEMA)


def test_a_comune_may_leave_one_ats_for_another(home: VetroHome) -> None:
    write(home, "03-a,A,015182,,2025-12-31", "03-b,B,015182,2026-01-01,")
    assert read_memberships(home) == [
        Membership(2, "03-a", "A", "015182", date.min, date(2025, 12, 31)),
        Membership(3, "03-b", "B", "015182", date(2026, 1, 1), date.max),
    ]


WRONG = {
    "an id without region": "rhodense,Rhodense,015182,,",
    "a region that is none": "33-rhodense,Rhodense,015182,,",
    "an id in capitals": "03-Rhodense,Rhodense,015182,,",
    "no name": "03-rhodense,,015182,,",
    "a comune that is none": "03-rhodense,Rhodense,999999,,",
    "a lost zero": "03-rhodense,Rhodense,15182,,",
    "another region": "03-rhodense,Rhodense,096004,,",
    "a day that is none": "03-rhodense,Rhodense,015146,2026-02-30,",
    "an end before its start": "03-rhodense,Rhodense,015146,2026-02-01,2026-01-31",
    "another name": "03-rhodense,Rho,015146,,",
    "two ATS on a day": "03-milano,Milano,015182,,2020-01-01",
    "a cell too few": "03-rhodense,Rhodense,015146",
}


@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG)
def test_a_line_that_cannot_be_used_is_told(home: VetroHome, line: str) -> None:
    write(home, RHO, line)
    with pytest.raises(HomeFileError, match=r"^ats\.csv, line 3: .+ / .+"):
        read_memberships(home)


def test_the_simulated_territories_have_an_ats_each_and_what_is_there_stays(home: VetroHome) -> None:
    register_ats(home, ats_memberships())
    told = read_memberships(home)
    assert {each.ats_id.partition("-")[2] for each in told} == {each.id for each in TERRITORIES}
    write(home, RHO)
    register_ats(home, ats_memberships())
    assert len(read_memberships(home)) == 1
