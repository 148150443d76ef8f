"""A new version of the contract is no drift, and a column it brings was never emptied before."""

from datetime import date

import duckdb
import pyarrow.parquet as pq
import pytest

from ingestion.loading.ingest import ingest
from quality.landed import measure_landed
from quality.policy import load_policy
from tests.support.built_marts import built_marts
from tests.support.exports import Export, make_home, rows

LIMITS = load_policy().landed
ROWS = LIMITS["empty_share"]["rows_at_least"]
# The newest export, and as many before it as are needed to judge a share.
EXPORTS = LIMITS["history_at_least"] + 1
TODAY = date(2026, 11, 20)


@pytest.fixture
def observed(tmp_path):
    """A function that takes in exports of bookings of these versions and returns what is observed."""

    def observe(*versions, alter=lambda home: None, **last):
        home = make_home(tmp_path / "home")
        for sequence, version in enumerate(versions, 1):
            told = last if sequence == len(versions) else {}
            booked = rows("booking", ROWS, f"B{sequence}", **told)
            export = Export(sequence=sequence, version=version, entities={"booking": booked})
            (receipt,) = ingest(home, [export.write(tmp_path)])
            assert receipt.status == "accepted"
            if sequence == 1:
                alter(home)
        with duckdb.connect() as connection:
            connection.execute(f"attach '{built_marts()}' as warehouse (read_only)")
            measure_landed(connection, home, LIMITS, today=TODAY, warehouse="warehouse")
            shares = connection.execute("select subject, change from landed_empty_share").fetchall()
            drift = connection.execute("select subject, drift from landed_schema_drift").fetchall()
        return dict(shares), dict(drift)

    return observe


def without_later_columns(home):
    (path,) = home.raw.glob("instance=rho/export=*/booking.parquet")
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["channel"]), path)


def test_a_column_that_a_version_brings_is_not_compared_with_exports_that_could_not_have_it(observed):
    shares, _ = observed(*["1.0"] * (EXPORTS - 1), "1.1", channel="WEB")
    assert "booking.request_id" in shares and "booking.channel" not in shares


def test_within_a_version_its_new_column_is_watched_like_any_other(observed):
    shares, _ = observed(*["1.1"] * EXPORTS, channel="WEB")
    assert shares["booking.channel"] == 1


def test_files_from_before_the_version_came_and_after_it_have_the_same_columns(observed):
    _, drift = observed("1.0", "1.0", alter=without_later_columns)
    assert drift == {"booking": "same"}


def test_a_new_column_lost_within_its_version_is_drift(observed):
    _, drift = observed("1.1", "1.1", alter=without_later_columns)
    assert drift == {"booking": "changed"}
