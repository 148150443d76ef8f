"""What the gates and the release add is there for the questions that ask for it."""

import duckdb

from core.settings import Settings


def test_a_run_leaves_the_checks_and_the_column_of_marks(walked: Settings) -> None:
    home = walked.vetro_home
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        assert connection.execute("select 1 from quality.check_result limit 1").fetchone()
    public = home.current_release / "public" / "casa-di-vetro.duckdb"
    with duckdb.connect(str(public), read_only=True) as connection:
        columns = {row[0] for row in connection.execute("describe publication.indicator_value").fetchall()}
    assert {"indicator_id", "scope_type", "scope_id", "period_start", "mark"} <= columns
