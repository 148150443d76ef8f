"""The matrix (Matrice): rows by columns of states, each cell a letter, a tint and a spoken word; never
colour alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboards.words import Words


@dataclass(frozen=True)
class MatrixRow:
    """One row: its name and the state of every column, in the order of the columns."""

    name: str
    states: Sequence[str]


def matrix(caption: str, corner: str, columns: Sequence[str], rows: Sequence[MatrixRow], words: Words) -> str:
    """Return the matrix with its key above; a state is a catalogue key under `state.`."""
    states = sorted({state for row in rows for state in row.states})
    key = "".join(f"<li>{_sign(state, words)} {escape(words(f'state.{state}'))}</li>" for state in states)
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(row.name)}</th>'
        f"{''.join(f'<td>{_sign(state, words)}</td>' for state in row.states)}</tr>"
        for row in rows
    )
    caption = escape(caption)
    return (
        f'<ul class="cdv-legend">{key}</ul>'
        f'<div class="cdv-scroll" role="region" tabindex="0" aria-label="{caption}">'
        f'<table class="cdv-table cdv-matrix"><caption class="cdv-sr">{caption}</caption>'
        f'<thead><tr><th scope="col">{escape(corner)}</th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _sign(state: str, words: Words) -> str:
    return (
        f'<span class="cdv-state cdv-state-{state}">'
        f'<span aria-hidden="true">{escape(words(f"state.{state}.letter"))}</span>'
        f'<span class="cdv-sr">{escape(words(f"state.{state}"))}</span></span>'
    )
