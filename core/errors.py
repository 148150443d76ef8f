"""Errors of this product: a sentence for people, and the kind that decides how a command ends.

A sentence says what is wrong, where (file, line, column) and what to do, and quotes no value of a row. Where
an instance or a citizen reads it, it stands in Italian and in English, with a stroke between. What a library
raises is not repeated: its message may quote data.
"""

from enum import IntEnum


class Kind(IntEnum):
    """Why something was not done; the number is the exit code of the command."""

    USAGE = 2
    COULD_NOT_RUN = 3


class VetroError(Exception):
    """What this product raises: its text may be shown to whoever runs a command.

    A class of its own is for an error that some caller catches by name, or that carries more than a sentence.
    """

    kind: Kind = Kind.COULD_NOT_RUN

    def __init__(self, *sentence: object, kind: Kind | None = None):
        super().__init__(*sentence)
        if kind is not None:
            self.kind = kind

    @property
    def exit_code(self) -> int:
        """The code with which a command ends because of it."""
        return int(self.kind)
