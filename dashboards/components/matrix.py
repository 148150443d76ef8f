"""The matrix (Matrice): rows by columns of states, each cell a letter, a tint and a spoken word; never
colour alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from core.presentation.rendering import macro
from dashboards.i18n import Messages


@dataclass(frozen=True)
class MatrixRow:
    """One row: its name and the state of every column, in the order of the columns."""

    name: str
    states: Sequence[str]


def matrix(
    caption: str, corner: str, columns: Sequence[str], rows: Sequence[MatrixRow], messages: Messages
) -> Markup:
    """Return the matrix with its key above; a state is a catalogue key under `state.`."""
    states = {
        state: {"letter": messages(f"state.{state}.letter"), "name": messages(f"state.{state}")}
        for state in sorted({state for row in rows for state in row.states})
    }
    return macro("matrix", "matrix")(caption, corner, columns, rows, states, list(states))
