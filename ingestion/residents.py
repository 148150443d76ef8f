"""Newer residents than those that come with the product, from a POSAS file of ISTAT.

Arrives: a CSV file as demo.istat.it gives it out (a line with the title, a line with the names, one line per
comune and age; age 999 is the total). Leaves: residents by comune, and by comune, sex and age band, under
`home.reference`, from where `write_reference` takes them in place of the older ones. What is divided by them
does not belong here.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.home import VetroHome
from ingestion.replacement import replacing

SOURCE = "ISTAT POSAS"
TOTAL_AGE = 999
OLDEST = 100
# The first age of every band; the same bands as those of the residents that come with the product.
BANDS = [
    (0, "0-2"), (3, "3-5"), (6, "6-13"), (14, "14-17"), (18, "18-34"), (35, "35-49"), (50, "50-64"),
    (65, "65-74"), (75, "75-84"), (85, "85+"),
]  # fmt: skip
MONTHS = ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
          "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"]  # fmt: skip
DAY = re.compile(r"\b(\d{1,2})\s*[°º]?\s+(" + "|".join(MONTHS) + r")\s+(\d{4})", re.IGNORECASE)
NAMES = ["codice comune", "età", "totale maschi", "totale femmine"]


class ResidentsError(ValueError):
    """The file is no POSAS file that could be used; the sentence says where and what to do."""


@dataclass(frozen=True)
class Residents:
    """Residents on one day: of a comune by sex and age in years (100 is 100 and older)."""

    reference_date: date
    by_age: dict[str, dict[tuple[str, int], int]]

    def total(self, comune: str) -> int:
        """All residents of a comune."""
        return sum(self.by_age[comune].values())

    def by_band(self, comune: str) -> dict[tuple[str, str], int]:
        """Residents of a comune by sex and age band."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for (sex, age), residents in self.by_age[comune].items():
            found[sex, _band(age)] += residents
        return dict(found)


def read_posas(path: Path, reference_date: date | None = None) -> Residents:
    """Read a POSAS file whole.

    `reference_date` is needed where the title does not name a day ("al 1° gennaio 2025"). Raises
    ResidentsError where a column is missing, a line cannot be read, an age is missing or stands twice, or a
    comune's ages do not add up to the total the file gives.
    """
    lines = list(csv.reader(_text(path).splitlines(), delimiter=";"))
    head = next((n for n, line in enumerate(lines[:5]) if line and _plain(line[0]) == NAMES[0]), None)
    columns = [] if head is None else [_plain(name) for name in lines[head]]
    missing = [name for name in NAMES if name not in columns]
    if head is None or missing:
        raise ResidentsError(
            f"{path.name}: no line names the columns {', '.join(missing)}; a POSAS file has them."
        )
    day = reference_date or _day(" ".join(";".join(line) for line in lines[:head]))
    if day is None:
        raise ResidentsError(f"{path.name}: the title does not say of which day it is; give it with --date.")
    places = [columns.index(name) for name in NAMES]
    by_age: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
    totals: dict[str, int] = {}
    for number, line in enumerate(lines[head + 1 :], head + 2):
        if not any(line):
            continue
        try:
            code, age, men, women = (line[place].strip() for place in places)
            comune, years, counts = code.zfill(6), int(age), {"M": int(men), "F": int(women)}
        except (IndexError, ValueError):
            # Notes stand under the last comune.
            if by_age and not line[0].strip().isdigit():
                break
            raise ResidentsError(f"{path.name}, line {number}: no comune and age can be read.") from None
        if years == TOTAL_AGE:
            totals[comune] = sum(counts.values())
        elif ("F", years) in by_age[comune] or not 0 <= years <= OLDEST:
            raise ResidentsError(f"{path.name}, line {number}: age {years} of {comune} is out of place.")
        else:
            by_age[comune] |= {(sex, years): count for sex, count in counts.items()}
    read = Residents(day, dict(by_age))
    _require_whole(read, totals, path.name)
    return read


def adopt(home: VetroHome, residents: Residents) -> None:
    """Keep the residents under `home.reference`; the next build divides by them."""
    home.reference.mkdir(parents=True, exist_ok=True)
    comuni = sorted(residents.by_age)
    _write(
        home.reference / "newer_residents.parquet",
        {
            "istat_comune": comuni,
            "residents": [residents.total(comune) for comune in comuni],
            "source": [SOURCE] * len(comuni),
            "reference_date": [residents.reference_date] * len(comuni),
        },
    )
    groups = [
        (comune, *group, n) for comune in comuni for group, n in sorted(residents.by_band(comune).items())
    ]
    names = ("istat_comune", "sex", "age_band", "residents")
    columns = {name: [group[place] for group in groups] for place, name in enumerate(names)}
    _write(home.reference / "newer_residents_by_group.parquet", columns)


def _write(target: Path, columns: dict[str, list]) -> None:
    with replacing(target) as written:
        pq.write_table(pa.table(columns), written)


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _plain(name: str) -> str:
    return " ".join(name.strip().lower().split())


def _day(title: str) -> date | None:
    found = DAY.search(title)
    return date(int(found[3]), MONTHS.index(found[2].lower()) + 1, int(found[1])) if found else None


def _band(age: int) -> str:
    return next(name for first, name in reversed(BANDS) if age >= first)


def _require_whole(residents: Residents, totals: dict[str, int], name: str) -> None:
    if not residents.by_age:
        raise ResidentsError(f"{name}: no comune stands in it.")
    for comune, ages in residents.by_age.items():
        if len(ages) != 2 * (OLDEST + 1):
            raise ResidentsError(f"{name}: {comune} does not have every age from 0 to {OLDEST}.")
        if comune in totals and totals[comune] != residents.total(comune):
            raise ResidentsError(f"{name}: the ages of {comune} do not add up to the total it gives.")
