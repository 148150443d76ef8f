"""What dbt sends to the engine can be read: no compiled model is longer than a few screens."""

from tests.measures.conftest import Measured

MOST_LINES = 300
# Longer, and why.
LONG = {"comparison": "its statistics are one chain of steps, each named, and two tables of quantiles"}


def test_no_compiled_model_is_too_long_to_read(measured: Measured) -> None:
    compiled = measured.home.dbt / "target" / "compiled"
    # Unit tests stand there too, in folders named for their file.
    models = [
        path
        for path in compiled.rglob("models/**/*.sql")
        if not any(folder.suffix == ".yml" for folder in path.parents)
    ]
    assert len(models) > 100
    lines = {path.stem: len(path.read_text(encoding="utf-8").splitlines()) for path in models}
    long = {name: count for name, count in lines.items() if count > MOST_LINES}
    assert long.keys() <= LONG.keys(), f"lines of compiled SQL: {long}"
    assert LONG.keys() <= long.keys(), "short enough by now"
