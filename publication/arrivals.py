"""What arrived between two releases: the records of both arrive; whether a figure has new data or a
correction of what was known leaves.

What a release knew of a territory reaches to the last day that its exports covered. What arrives later is new
data for a period that reaches beyond that day, and a correction of every period that it covered whole,
whether a figure grew by it or shrank. So is what was known and not told before its year was issued again.
A figure of a period that has closed since is new, whenever its data came.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from publication.calendar import Period
from publication.cubes import ALL
from publication.scope import Scope, instance_of

NEW_DATA = "new_data"
CORRECTION = "correction"


@dataclass(frozen=True)
class Arrivals:
    """What of each territory is new in the later of two releases.

    `known_to` -- the last day covered before by the exports of a territory that something arrived from, None
    for one that nothing was known of; `known_to_now` -- the same after; `of_any` -- whether persons were said
    to be one, of any territory; `has_advanced` -- whether the later one goes to a later day; `again` -- the
    years that the later one issued again.
    """

    known_to: Mapping[str, date | None]
    known_to_now: Mapping[str, date | None]
    of_any: bool
    has_advanced: bool
    again: Collection[str]

    @classmethod
    def between(cls, before: Mapping, after: Mapping, again: Collection[str]) -> "Arrivals":
        """Compare what two records (`release.json`) say of exports, corrections and merged persons."""
        exports = [{_key(each) for each in record["exports"]} for record in (before, after)]
        corrected = [(record.get("corrections") or {}).get("instances", {}) for record in (before, after)]
        touched = {instance for instance, *_ in exports[0] ^ exports[1]}
        touched |= {
            instance
            for instance in corrected[0].keys() | corrected[1].keys()
            if corrected[0].get(instance) != corrected[1].get(instance)
        }
        then, now = _known_to(before), _known_to(after)
        return cls(
            {instance: then.get(instance) for instance in touched},
            {instance: now.get(instance) for instance in touched},
            before.get("merges_told") != after.get("merges_told"),
            before.get("as_of") != after.get("as_of"),
            again,
        )

    def reason(self, place: Mapping[str, str], *, is_new: bool = False) -> str | None:
        """Return what arrived for the figure that stands at a place; None where nothing did. `is_new`: the
        earlier release had no figure there."""
        own = _territory(place)
        touched = [each for each in self.known_to if own in (None, each)]
        if is_new and (self.has_advanced or touched):
            return NEW_DATA
        end = _period_end(place)
        for each in touched:
            then, now = self.known_to[each], self.known_to_now[each]
            wanted = end or now
            if then is None or (wanted is not None and then < wanted):
                return NEW_DATA
        is_again = str(end.year) in self.again if end else bool(self.again)
        return CORRECTION if touched or self.of_any or is_again else None


def _key(export: Mapping) -> tuple[str, str, str]:
    return export["instance_id"], export["export_id"], str(export.get("content_sha256"))


def _known_to(record: Mapping) -> dict[str, date | None]:
    """The last day that the exports of each territory cover; None where a record does not say."""
    found: dict[str, date | None] = {}
    for export in record["exports"]:
        told = export.get("period_to")
        day, known = date.fromisoformat(told) if told else None, found.get(export["instance_id"])
        found[export["instance_id"]] = max(filter(None, (day, known)), default=None)
    return found


def _territory(place: Mapping[str, str]) -> str | None:
    """The territory whose exports alone a figure is made from, or None."""
    scope, award = Scope.parse(place.get("territory", "")), Scope.parse(place.get("award", ""))
    if scope.type == "instance":
        return scope.id
    if place.get("scope_type") == "instance":
        return place.get("scope")
    if place.get("scope_type") == "grant":
        return instance_of(place["scope"])
    if award.type == "grant":
        return instance_of(award.id)
    keys = (place.get("call", ""), place.get("scheme", ""))
    return next((instance_of(key) for key in keys if ":" in key), None)


def _period_end(place: Mapping[str, str]) -> date | None:
    """The last day of the period of a figure; None for one that is of all time."""
    if "period_start" in place:
        start = date.fromisoformat(place["period_start"][:10])
        return Period(place.get("period_type", "month"), start).end
    name = place.get("period", ALL)
    return None if name == ALL else Period.parse(name).end
