"""What changes for people: first and later measurements, those lost on the way, satisfaction.

The episodes of care and how much each received arrive; measurement rows leave. Improvement grows
with the dose.
"""

import numpy as np

from simulation.allocations import Backing
from simulation.care import Care
from simulation.grants import Funding
from simulation.months import DAY, END, NONE, month_count, start_day
from simulation.organisations import catalogue
from simulation.people import Block, Numbers
from simulation.rows import Rows, Words, concat, events, recorded_in
from simulation.services import AREAS

WAVES = ["T0", "T1", "T2", "FU"]
WAVE_DAYS = (0, 90, 180, 365)
RESPONDENTS = ["SELF", "FAMILY", "OPERATOR"]
MEASURED = 0.2
# A funder asks for it.
MEASURED_WHERE_FUNDED = 0.9
SURVEYED = 0.14
# Share of those still followed who are lost before each wave.
LOST = (0.0, 0.24, 0.22, 0.35)
USUAL_DOSE = 5.0


def measure(
    care: Care,
    block: Block,
    backing: Backing,
    funding: Funding,
    pace: float,
    numbers: Numbers,
    rng: np.random.Generator,
) -> list[Rows]:
    """Return measurement rows of the episodes that began.

    The gain at each wave is that of the indicator times log2(1 + deliveries had by then / the usual dose),
    so an episode with more deliveries improves more; single people vary widely and some get worse.
    """
    began, first = np.unique(care.episode, return_index=True)
    start = np.full(len(care.episode_person), END)
    np.minimum.at(start, care.episode, care.day)
    parts = []
    for position, entry in enumerate(catalogue()["outcomes"]):
        if entry["kind"] == "SATISFACTION":
            parts.append(_satisfaction(position, entry, care, block, pace, numbers, rng))
            continue
        codes = [AREAS.index(a) for a in entry["areas"]]
        share = np.where(backing.first[began] >= 0, MEASURED_WHERE_FUNDED, MEASURED) / (
            1 + 0.6 * (position == 2)
        )
        fit = np.isin(care.episode_area[began], codes) & (rng.random(len(began)) < share)
        if not fit.any():
            fit[:2] = True
        rows = first[fit]
        parts.append(_follow(position, entry, care, rows, start, block, backing, funding, numbers, rng))
    return parts


def _follow(
    position: int,
    entry: dict,
    care: Care,
    rows: np.ndarray,
    start: np.ndarray,
    block: Block,
    backing: Backing,
    funding: Funding,
    numbers: Numbers,
    rng: np.random.Generator,
) -> Rows:
    n = len(rows)
    episode = care.episode[rows]
    span = (entry["max"] - entry["min"]) * 1000
    worse = entry["direction"] == "DOWN"
    level = entry["min"] * 1000 + span * np.clip(rng.normal(entry["start"], 0.17, n), 0.02, 0.98)
    answer = rng.choice(3, size=n, p=[0.62, 0.16, 0.22])
    grant = np.where(backing.first[episode] >= 0, funding.number[backing.first[episode]], NONE)
    staying = np.ones(n, dtype=bool)
    last_day = np.full(n, 0)
    np.maximum.at(
        last_day,
        np.searchsorted(episode, care.episode[np.isin(care.episode, episode)]),
        care.day[np.isin(care.episode, episode)],
    )
    out = []
    for wave, days in enumerate(WAVE_DAYS):
        staying = staying & (rng.random(n) >= LOST[wave])
        day = start[episode] + days + (rng.integers(-10, 22, n) if wave else -rng.integers(0, 6, n))
        had = care.episode_count[episode] * np.clip(
            (day - start[episode]) / np.maximum(last_day - start[episode], 1), 0, 1
        )
        gain = entry["gain"] * np.log2(1 + had / USUAL_DOSE)
        change = np.clip(gain + rng.normal(0, 0.075, n) * (wave > 0), -0.4, 0.6) * span
        value = np.clip(level + (-change if worse else change), entry["min"] * 1000, entry["max"] * 1000)
        keep = np.flatnonzero(staying & (day <= END) & (day >= start_day() - 30))
        out.append(
            _wave_rows(
                position,
                wave,
                day[keep],
                np.round(value[keep] / 10).astype(np.int64) * 10,
                care,
                rows[keep],
                grant[keep],
                answer[keep],
                block,
            )
        )
    merged = [np.concatenate([o[i] for o in out]) for i in range(len(out[0]))]
    return _rows(position, merged, numbers, rng)


def _wave_rows(
    position: int,
    wave: int,
    day: np.ndarray,
    value: np.ndarray,
    care: Care,
    rows: np.ndarray,
    grant: np.ndarray,
    answer: np.ndarray,
    block: Block,
) -> tuple[np.ndarray, ...]:
    block.note(care.person[rows], day * DAY + 20_000)
    return (
        np.full(len(rows), wave),
        day,
        value,
        block.number[care.person[rows]],
        care.service[rows] + 1,
        care.provider[rows],
        grant,
        answer,
    )


def _satisfaction(
    position: int,
    entry: dict,
    care: Care,
    block: Block,
    pace: float,
    numbers: Numbers,
    rng: np.random.Generator,
) -> Rows:
    began, first = np.unique(care.episode, return_index=True)
    asked = rng.random(len(began)) < SURVEYED
    if not asked.any():
        asked[:2] = True
    rows = first[asked]
    day = np.minimum(care.day[rows] + rng.integers(10, 80, len(rows)), END)
    mood = np.sin(care.provider[rows] * 1.7) * 0.35
    score = np.clip(np.round(rng.normal(4.05 + mood - 0.35 * (pace - 1), 0.9)), 1, 5).astype(np.int64) * 1000
    fields = _wave_rows(
        position,
        1,
        day,
        score,
        care,
        rows,
        np.full(len(rows), NONE),
        np.where(rng.random(len(rows)) < 0.85, 0, 1),
        block,
    )
    return _rows(position, [np.full(len(rows), 1), *fields[1:]], numbers, rng)


def _rows(position: int, fields: list[np.ndarray], numbers: Numbers, rng: np.random.Generator) -> Rows:
    wave, day, value, person, service, provider, grant, answer = fields
    n = len(wave)
    month = recorded_in(day * DAY + 43_000) + (rng.random(n) < 0.03)
    seen = month < month_count()
    wave, day, value, person, service, provider, grant, answer, month = (
        x[seen] for x in (wave, day, value, person, service, provider, grant, answer, month)
    )
    n = len(wave)
    record = numbers.take("measurement", n)
    columns = {
        "indicator_id": np.full(n, position + 1), "person_id": person, "grant_id": grant,
        "service_id": service,
        "provider_id": provider, "wave": Words(wave, WAVES), "measured_on": day, "value": value,
        "respondent": Words(answer, RESPONDENTS), "reverses_id": np.full(n, NONE),
    }  # fmt: skip
    told = events("measurement", record, day * DAY + 43_000 + record % 9_000, columns, month=month)
    wrong = np.flatnonzero((rng.random(n) < 0.008) & (day + 40 <= END))
    undo = told.take(wrong)
    undo.columns = dict(undo.columns)
    undo.columns["reverses_id"] = record[wrong]
    undo.columns["measured_on"] = day[wrong] + rng.integers(1, 40, len(wrong))
    moment = undo.columns["measured_on"] * DAY + 50_000
    undone = events(
        "measurement",
        numbers.take("measurement", len(wrong)),
        moment,
        undo.columns,
        month=np.maximum(recorded_in(moment), month[wrong]),
    )
    return concat([told, undone])
