"""The rules of a row that no schema can say, in words, entity by entity.

Arrives: an entity. Leaves: `RowRule`s, with every code that the compiled rules have for it; a test compares
the two. The SQL of the rules does not belong here (`row_rules`, `history_rules`).
"""

from typing import NamedTuple

from ingestion.contract.schema import Entity
from ingestion.contract.words import Words, rule_words
from ingestion.privacy.direct_identifiers import searched_as
from ingestion.validation.history_rules import SAME_SIGN, comune_column
from ingestion.validation.row_rules import SIGNED_BY_REVERSAL_ONLY, ranges


class RowRule(NamedTuple):
    """What a row must fulfil, and the code it gets if it does not."""

    code: str
    words: Words


def row_rules(entity: Entity) -> list[RowRule]:
    """Return the rules of a row of `entity`: its own first, then limits, comune, and those of a ledger."""
    told = rule_words()
    found = list(told["rules"].get(entity.name, ()))
    named = [("range", {"start": start, "end": end}) for start, end in ranges(entity)]
    if any(searched_as(entity, field) for field in entity.fields):
        named.append(("identifiers", {}))
    if entity.name in SIGNED_BY_REVERSAL_ONLY:
        named.append(("negative", {}))
    if comune := comune_column(entity):
        when = "comune_on_start" if entity.has("start_date") else "comune_on_update"
        named.append((when, {"comune": comune.name}))
    if entity.is_ledger:
        named += [(name, {}) for name in ("tombstone", "reversal", *_reversal(entity))]
    rules = [RowRule(rule["code"], Words(rule["it"], rule["en"])) for rule in found]
    for name, columns in named:
        rule = told["every"][name]
        rules.append(RowRule(rule["code"], Words(rule["it"].format(**columns), rule["en"].format(**columns))))
    return rules


def _reversal(entity: Entity) -> list[str]:
    kinds = ["reversal_event"] if entity.has("event") else []
    if entity.name == "measurement":
        return [*kinds, "reversal_any"]
    return [*kinds, "reversal_same" if entity.name in SAME_SIGN else "reversal_opposite"]
