"""A scope as it stands in one column of the public tables: its type and its id, "instance:rho", or "network".

A text or a pair arrives, the other leaves. Which scopes a table has is said by `tables.yaml`.
"""

from typing import NamedTuple

NETWORK = "network"


class Scope(NamedTuple):
    """Whose figure it is: `type` as in `marts.indicator_value.scope_type`, `id` as in its `scope_id`."""

    type: str
    id: str

    @classmethod
    def parse(cls, text: str) -> "Scope":
        """Return the scope that a column of the public tables names."""
        kind, _, code = text.partition(":")
        return cls(kind, code or kind)

    def __str__(self) -> str:
        """Return the scope as it stands in a column of the public tables."""
        return self.type if self.type == NETWORK else f"{self.type}:{self.id}"


def instance_of(record: str) -> str:
    """Return the instance of a record's key across instances: "rho:G-1" is of rho."""
    return record.partition(":")[0]
