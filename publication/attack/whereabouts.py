"""What a reader of the tables knows besides them: in which territories every provider works.

Pages, lists of payments and the street tell it by name. Who worked where, by year, arrives; rows of the
linear system leave: the providers of a kind who work in a territory make up what the territory spent with
that kind, and what a provider delivered in each of its territories makes up what it delivered. Solving does
not belong here.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from publication.attack.published import Name, Place, Publication, UnreadableReleaseError
from publication.attack.unknowns import INFINITY, Knowledge, Unknown

AT_WORK = Path("private", "providers_at_work.parquet")
WHOLE_NETWORK = "network"

# Period, territory and provider; a kind where somebody works there who is no provider by name.
AtWork = tuple[str, str, str]


def read_at_work(folders: Iterable[Path]) -> set[AtWork]:
    """Return who worked where and when, as the private sides of the folders say it: what a reader on the spot
    knows. Empty where there is no private side."""
    known: set[AtWork] = set()
    for folder in folders:
        path = folder / AT_WORK
        if not path.exists():
            continue
        try:
            with connect() as connection:
                rows = connection.execute(
                    "select period, territory, provider from read_parquet($path)", {"path": str(path)}
                ).fetchall()
        except duckdb.Error as error:
            raise UnreadableReleaseError(
                f"{folder.name}: {path.name} cannot be read / {path.name} non si legge"
            ) from error
        known |= set(rows)
    return known


def write_whereabouts(
    knowledge: Knowledge, publications: list[Publication], at_work: Iterable[AtWork]
) -> None:
    """Add the sums over the providers of a territory, and over the territories of a provider.

    They are doubtful: a list of who worked where may be older or newer than the tables.
    """
    kind_of: dict[str, str] = {}
    negative: set[str] = set()
    for publication in publications:
        kind_of |= publication.hierarchies.get("provider", {})
        negative |= publication.may_be_negative
    wholes = set(kind_of.values())
    for measure, of_measure in _by_measure(knowledge).items():
        _Measure(knowledge, measure, of_measure, kind_of, wholes, measure in negative).write(set(at_work))


def _by_measure(knowledge: Knowledge) -> dict[str, set[Place]]:
    places: dict[str, set[Place]] = defaultdict(set)
    for measure, place in knowledge.unknowns:
        if {"provider", "territory", "period"} <= {dimension for dimension, _ in place}:
            places[measure].add(place)
    return places


class _Measure:
    """The rows of one measure that is told by provider and by territory."""

    def __init__(
        self,
        knowledge: Knowledge,
        measure: str,
        places: set[Place],
        kind_of: dict[str, str],
        wholes: set[str],
        may_be_negative: bool,
    ):
        self._knowledge = knowledge
        self._measure = measure
        self._kind_of = kind_of
        self._wholes = wholes
        self._least = -INFINITY if may_be_negative else 0.0
        # A printed place of a provider in the whole network, with the coordinates it has besides.
        self._of_provider = {
            (dict(place)["period"], dict(place)["provider"]): place
            for place in sorted(places)
            if dict(place)["territory"] == WHOLE_NETWORK and dict(place)["provider"] not in wholes
        }
        self._places = places

    def write(self, at_work: set[AtWork]) -> None:
        """Write the rows of every period."""
        territories: dict[tuple[str, str], set[str]] = defaultdict(set)
        providers: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        unnamed: set[tuple[str, str, str]] = set()
        for period, territory, provider in at_work:
            if (period, provider) in self._of_provider:
                territories[period, provider].add(territory)
                providers[period, territory, self._kind_of[provider]].add(provider)
            else:
                kind = provider if provider in self._wholes else self._kind_of.get(provider, provider)
                unnamed.add((period, territory, kind))
        for (period, provider), places in sorted(territories.items()):
            if len(places) > 1:
                whole = (self._measure, self._of_provider[period, provider])
                parts = [self._share(period, provider, territory, places) for territory in sorted(places)]
                self._row(whole, parts, complete=True)
        for period, territory, kind in sorted(providers.keys() | unnamed):
            self._territory(
                period, territory, kind, providers, territories, (period, territory, kind) not in unnamed
            )

    def _territory(
        self, period: str, territory: str, kind: str, providers: dict, territories: dict, complete: bool
    ) -> None:
        names = sorted(providers.get((period, territory, kind), ()))
        if not names:
            return
        like = dict(self._of_provider[period, names[0]])
        place = tuple(sorted((like | {"territory": territory, "provider": kind}).items()))
        if place not in self._places:
            return
        parts = [
            self._share(period, provider, territory, territories[period, provider]) for provider in names
        ]
        self._row((self._measure, place), parts, complete)

    def _share(self, period: str, provider: str, territory: str, territories: set[str]) -> Name:
        """What the provider delivered in the territory: all of it, or a part that nobody printed."""
        place = self._of_provider[period, provider]
        if len(territories) == 1:
            return self._measure, place
        at = tuple(sorted((dict(place) | {"territory": territory}).items()))
        name = (self._measure, at)
        if name not in self._knowledge.unknowns:
            self._knowledge.unknowns[name] = Unknown(
                name, self._least, INFINITY, "amount", 0, False, [], written=True
            )
        return name

    def _row(self, whole: Name, parts: list[Name], complete: bool) -> None:
        terms = dict.fromkeys(parts, -1.0) | {whole: 1.0}
        self._knowledge.doubtful.append((terms, 0.0, 0.0 if complete else INFINITY))
