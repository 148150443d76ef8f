"""What dbt sends to the engine can be read: no compiled model is longer than a few screens."""

from tests.measures.conftest import Measured

MOST_LINES = 300
# Longer, and why.
LONG = {"comparison": "its statistics are one chain of steps, each named, and two tables of quantiles"}


def test_no_compiled_model_is_too_long_to_read(measured: Measured) -> None:
    models = measured.sql_of_models()
    assert len(models) > 100
    lines = {name: len(sql.splitlines()) for name, sql in models.items()}
    long = {name: count for name, count in lines.items() if count > MOST_LINES}
    assert long.keys() <= LONG.keys(), f"lines of compiled SQL: {long}"
    assert LONG.keys() <= long.keys(), "short enough by now"
