"""The people of a territory, a block at a time: who they are, with whom they live, since when they are known.

A range of person numbers arrives; person, household and household-member rows leave. What the people ask for
and receive does not belong here; the packages that draw it tell when they first saw each person.
"""

from dataclasses import dataclass, field

import numpy as np

from simulation.identity import (
    CITIZENSHIPS,
    DEFINITIVE_FROM,
    KINDS,
    SEXES,
    People,
    codici_fiscali,
    identifier_words,
)
from simulation.months import DAY, END, NONE, at_hour, seasonal_days, start_day
from simulation.rows import Rows, Stage, Words, states
from simulation.territories import Territory

HOUSEHOLD_SIZES = np.array([0.30, 0.28, 0.20, 0.16, 0.06])
ROLES = ["REF", "PARTNER", "CHILD", "OTHER"]
# One person in sixty-seven is also known in the twin territory, under the same codice fiscale.
KNOWN_TWICE = 67
_BORROWER, _LENDER_STEP = 66, 4


class Numbers:
    """Gives out record numbers, entity by entity, from 1."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def take(self, entity: str, n: int) -> np.ndarray:
        """Return the next n numbers of an entity."""
        first = self._last.get(entity, 0) + 1
        self._last[entity] = first + n - 1
        return np.arange(first, first + n)


@dataclass
class Block:
    """Consecutive persons of one territory; arrays by position in the block.

    number: record number. age: in years at the first export. comune: index into the territory's comuni, -1
    if the person lives elsewhere. household: record number or NONE. isee: cents or NONE. employer: record
    number or NONE. seen: the earliest moment at which something is told about the person. active: whether
    anything was.
    """

    number: np.ndarray
    birth: np.ndarray
    age: np.ndarray
    female: np.ndarray
    citizenship: np.ndarray
    kind: np.ndarray
    identifier: np.ndarray
    comune: np.ndarray
    household: np.ndarray
    isee: np.ndarray
    disability: np.ndarray
    employer: np.ndarray
    seen: np.ndarray
    active: np.ndarray
    households: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.number)

    def note(self, person: np.ndarray, moments: np.ndarray) -> None:
        """Remember that something happened to persons (positions) at moments."""
        np.minimum.at(self.seen, person, moments)
        self.active[person] = True


def draw_people(
    people: People,
    twin: People | None,
    twin_size: int,
    territory: Territory,
    first: int,
    last: int,
    numbers: Numbers,
    rng: np.random.Generator,
) -> Block:
    """Return persons first..last-1 of a territory, some of them also known in the twin territory."""
    own = np.arange(first, last)
    n = len(own)
    birth, female = people.birth(own), people.female(own)
    citizenship, kind = people.citizenship(own), people.kind(own)
    identifier = people.identifier(own, kind)
    if twin is not None:
        # Each territory borrows at its own step, so that nobody is known in many places.
        lender = own - _BORROWER + _LENDER_STEP * people.code
        also = np.flatnonzero((own % KNOWN_TWICE == _BORROWER) & (lender < twin_size))
        also = also[twin.kind(lender[also]) == 0]
        if len(also):
            theirs = lender[also]
            birth[also], female[also] = twin.birth(theirs), twin.female(theirs)
            citizenship[also], kind[also] = twin.citizenship(theirs), 0
            identifier[also] = twin.identifier(theirs, np.zeros(len(theirs), dtype=np.int64))
    age = (start_day() - birth) / 365.25
    comune = _homes(territory, n, rng)
    household, isee, households = _households(n, age, comune, numbers, rng)
    return Block(
        number=own + 1, birth=birth, age=age, female=female, citizenship=citizenship, kind=kind,
        identifier=identifier, comune=comune, household=household, isee=isee,
        disability=rng.random(n) < np.where(age > 75, 0.24, 0.08), employer=np.full(n, NONE),
        seen=np.full(n, np.iinfo(np.int64).max), active=np.zeros(n, dtype=bool), households=households,
    )  # fmt: skip


def _homes(territory: Territory, n: int, rng: np.random.Generator) -> np.ndarray:
    others = len(territory.comuni) - 1
    share = np.append(0.68, np.full(others, 0.29 / others))
    return rng.choice(np.append(np.arange(others + 1), -1), size=n, p=np.append(share, 1 - share.sum()))


def _households(n: int, age: np.ndarray, comune: np.ndarray, numbers: Numbers, rng: np.random.Generator):
    sizes = rng.choice(5, size=n, p=HOUSEHOLD_SIZES) + 1
    starts = np.concatenate([[0], np.cumsum(sizes)])
    starts = starts[starts < n]
    home = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, n)))
    told = rng.random(len(starts)) < 0.64
    comune[:] = comune[starts][home]
    order = np.lexsort((-age, home))
    oldest = np.zeros(n, dtype=bool)
    oldest[order[np.concatenate([[0], np.flatnonzero(np.diff(home[order])) + 1])]] = True
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n) - starts[home[order]]
    role = np.where(oldest, 0, np.where(age < 18, 2, np.where((place == 1) & (age > 22), 1, 3)))
    member_count = np.bincount(home)
    minors = np.bincount(home, weights=age < 18).astype(np.int64)
    unseen = rng.random(len(starts)) < 0.2
    income = np.exp(rng.normal(np.log(9_500), 0.75, len(starts)))
    isee = np.where(rng.random(len(starts)) < 0.13, NONE, np.round(income * 100).astype(np.int64))
    known = np.flatnonzero(told)
    record = np.full(len(starts), NONE)
    record[known] = numbers.take("household", len(known))
    households = {
        "home": home,
        "role": role,
        "record": record,
        "size": member_count + unseen,
        "minors": minors,
        "isee": isee,
        "comune": comune[starts],
    }
    return record[home], isee[home], households


def _place_words(territory: Territory, comune: np.ndarray, elsewhere: str) -> Words:
    labels = [*territory.comuni, elsewhere]
    return Words(np.where(comune < 0, len(territory.comuni), comune), labels)


def complete_seen(block: Block, rng: np.random.Generator) -> None:
    """Give those of whom nothing else is told a moment of registration, and everybody one before
    the first event.
    """
    n = len(block)
    before = at_hour(start_day() - rng.integers(5, 700, n), rng)
    later = at_hour(seasonal_days(rng, n, start_day(), END), rng)
    # Nobody is registered before being born.
    registered = np.where(rng.random(n) < 0.45, np.maximum(before, (block.birth + 5) * DAY), later)
    block.seen = np.where(block.active, block.seen - rng.integers(600, 2 * DAY, n), registered)


def person_rows(
    block: Block, territory: Territory, elsewhere: str, offset: int, rng: np.random.Generator
) -> Rows:
    """Return the versions of the block's persons: some move, some get a definitive code, a few
    entries are removed.
    """
    n = len(block)
    kind = block.kind
    definitive = (kind == 1) & (rng.random(n) < 0.5)
    moves = rng.random(n) < 0.035
    removed = ~block.active & (rng.random(n) < 0.006)
    changed_at = block.seen + rng.integers(40, 500, n) * DAY
    change = np.where(moves | definitive, changed_at, NONE)
    away = np.where(moves, _homes(territory, n, rng), block.comune)
    final_kind = np.where(definitive, 0, kind)
    known = identifier_words(block.identifier)
    born_codes = _definitive_codes(block, definitive, offset)
    columns = {
        "birth_date": block.birth, "sex": _sex(block, rng),
        "citizenship": Words(block.citizenship, CITIZENSHIPS),
        "employer_id": block.employer,
        "disability": np.where(rng.random(n) < 0.06, NONE, block.disability.astype(np.int64)),
    }  # fmt: skip
    first = {
        "istat_residence": _place_words(territory, block.comune, elsewhere),
        "id_kind": Words(kind, KINDS),
        "id_value": known,
    }
    second = {
        "istat_residence": _place_words(territory, away, elsewhere),
        "id_kind": Words(final_kind, KINDS),
        "id_value": born_codes,
    }
    dropped_at = np.where(removed, changed_at + 30 * DAY, NONE)
    return states(
        "person",
        block.number,
        columns,
        [Stage(block.seen, first), Stage(change, second), Stage(dropped_at, {}, dead=True)],
    )


def _definitive_codes(block: Block, definitive: np.ndarray, offset: int) -> Words:
    """The provisional code gives way to a codice fiscale whose number no other person uses."""
    values = block.identifier.copy()
    rows = np.flatnonzero(definitive)
    if len(rows):
        codes = codici_fiscali(
            DEFINITIVE_FROM + offset + block.number[rows], block.birth[rows], block.female[rows]
        )
        values[rows] = codes.reshape(-1).view("S16")
    return identifier_words(values)


def _sex(block: Block, rng: np.random.Generator) -> Words:
    draw = rng.random(len(block))
    codes = np.where(draw < 0.002, 2, np.where(draw < 0.012, 3, block.female.astype(np.int64)))
    return Words(codes, SEXES)


def household_rows(
    block: Block, territory: Territory, elsewhere: str, numbers: Numbers, rng: np.random.Generator
) -> tuple[Rows, Rows]:
    """Return household and household-member rows; the ISEE of many is renewed in a later winter."""
    home, role = block.households["home"], block.households["role"]
    count = len(block.households["record"])
    first_seen = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first_seen, home, block.seen)
    told = np.flatnonzero(block.households["record"] != NONE)
    since = first_seen[told]
    isee = block.households["isee"][told]
    income = np.where(isee == NONE, 0, isee)
    renewed = np.round(income * np.exp(rng.normal(0, 0.12, len(told)))).astype(np.int64)
    winters = np.array([day for year in range(-1, 11) if (day := start_day() + 106 + 365 * year) < END])
    winter = rng.choice(winters[winters > start_day()], size=len(told))
    renewal = at_hour(winter + rng.integers(0, 60, len(told)), rng)
    renews = (isee != NONE) & (rng.random(len(told)) < 0.30) & (renewal > since + 20 * DAY)
    columns = {
        "istat_residence": _place_words(territory, block.households["comune"][told], elsewhere),
        "size": block.households["size"][told], "minors": block.households["minors"][told],
    }  # fmt: skip
    first = {"isee_value": isee, "isee_date": np.where(isee == NONE, NONE, since // DAY - 30)}
    second = {"isee_value": np.where(isee == NONE, NONE, renewed), "isee_date": renewal // DAY - 3}
    households = states(
        "household",
        block.households["record"][told],
        columns,
        [Stage(since, first), Stage(np.where(renews, renewal, NONE), second)],
    )

    person = np.flatnonzero(block.household != NONE)
    joined = first_seen[home[person]]
    leaves = (rng.random(len(person)) < 0.02) & (role[person] != 0)
    left = joined + rng.integers(60, 500, len(person)) * DAY
    columns = {
        "household_id": block.household[person], "person_id": block.number[person],
        "role": Words(role[person], ROLES), "valid_from": np.maximum(joined // DAY - 40, block.birth[person]),
    }  # fmt: skip
    seen = np.maximum(joined, block.seen[person])
    members = states(
        "household_member",
        numbers.take("household_member", len(person)),
        columns,
        [
            Stage(seen, {"valid_to": np.full(len(person), NONE)}),
            Stage(
                np.where(leaves & (left > seen) & (left // DAY > block.birth[person]), left, NONE),
                {"valid_to": left // DAY},
            ),
        ],
    )
    return households, members
