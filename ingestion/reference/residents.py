"""Newer residents than those that come with the product, from POSAS files of ISTAT.

Arrives: a CSV file as demo.istat.it gives it out (a line with the title, a line with the names, one line per
comune and age; age 999 is the total), or the zip in which it does. Leaves: residents by comune, and by
comune, sex and age band, under `home.reference`, from where `write_reference` takes them in place of the
older ones. What is divided by them does not belong here.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.atomic_files import replacing
from core.duckdb_sessions import connect
from core.errors import VetroError
from core.home import VetroHome
from core.sql import literal
from ingestion.landing.archives import ArchiveUnsafe, read_archive
from ingestion.reference.tables import reference_relation, residents_in_use

SOURCE = "ISTAT POSAS"
# What a title or a note says of figures that are not final, and how the source is called then.
NOT_FINAL = {
    "estimate": (re.compile(r"\bstim(a|e|at[aeio])\b", re.IGNORECASE), f"{SOURCE}, stima"),
    "provisional": (re.compile(r"\bprovvisori[aeo]?\b", re.IGNORECASE), f"{SOURCE}, dati provvisori"),
}
_ZIP = b"PK\x03\x04"
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


@dataclass(frozen=True)
class Residents:
    """Residents on one day: of a comune by sex and age in years (100 is 100 and older).

    `not_final` is a key of `NOT_FINAL` where ISTAT says that it still estimates them.
    """

    reference_date: date
    by_age: dict[str, dict[tuple[str, int], int]]
    not_final: str | None = None

    @property
    def source(self) -> str:
        """The source as it stands beside every figure of residents, an estimate called one."""
        return NOT_FINAL[self.not_final][1] if self.not_final else SOURCE

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
    """Read a POSAS file whole, or every one in a zip.

    `reference_date` is needed where the title does not name a day ("al 1° gennaio 2025"). Raises
    VetroError where there is no such file, a column is missing, a line cannot be read, an age is missing
    or stands twice, a comune's ages do not add up to the total the file gives, or the files of a zip are of
    several days or tell of a comune twice.
    """
    whole: Residents | None = None
    for name, content in _files(path):
        read = _read(name, content, reference_date)
        if whole is None:
            whole = read
            continue
        if read.reference_date != whole.reference_date:
            raise VetroError(f"{path.name}: its files are of several days; bring one file at a time.")
        if twice := sorted(whole.by_age.keys() & read.by_age.keys()):
            raise VetroError(f"{path.name}: {twice[0]} stands in two of its files.")
        whole = Residents(whole.reference_date, whole.by_age | read.by_age, whole.not_final or read.not_final)
    assert whole is not None  # an archive without a file was refused
    return whole


def _files(path: Path) -> list[tuple[str, bytes]]:
    """The CSV files at `path` with their names: itself, or those inside of it."""
    content = path.read_bytes()
    if not content.startswith(_ZIP):
        return [(path.name, content)]
    try:
        inside = read_archive(path)
    except ArchiveUnsafe as error:
        raise VetroError(f"{path.name}: the zip cannot be read ({error}); download it again.") from None
    found = [(name, inner) for name, inner in inside if name.lower().endswith(".csv")]
    if not found:
        raise VetroError(
            f"{path.name}: no CSV file stands in it; a POSAS file, or ISTAT's zip of it, is read."
        )
    return found


def _read(name: str, content: bytes, reference_date: date | None) -> Residents:
    lines = list(csv.reader(_text(name, content).splitlines(), delimiter=";"))
    head = next((n for n, line in enumerate(lines[:5]) if line and _plain(line[0]) == NAMES[0]), None)
    columns = [] if head is None else [_plain(column) for column in lines[head]]
    missing = [column for column in NAMES if column not in columns]
    if head is None or missing:
        raise VetroError(f"{name}: no line names the columns {', '.join(missing)}; a POSAS file has them.")
    title = " ".join(";".join(line) for line in lines[:head])
    day = reference_date or _day(title)
    if day is None:
        raise VetroError(f"{name}: the title does not say of which day it is; give it with --date.")
    places = [columns.index(column) for column in NAMES]
    by_age: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
    totals: dict[str, int] = {}
    notes: list[list[str]] = []
    for number, line in enumerate(lines[head + 1 :], head + 2):
        if not any(line):
            continue
        try:
            code, age, men, women = (line[place].strip() for place in places)
            comune, years, counts = code.zfill(6), int(age), {"M": int(men), "F": int(women)}
        except (IndexError, ValueError):
            # Notes stand under the last comune.
            if by_age and not line[0].strip().isdigit():
                notes = lines[number - 1 :]
                break
            raise VetroError(f"{name}, line {number}: no comune and age can be read.") from None
        if years == TOTAL_AGE:
            totals[comune] = sum(counts.values())
        elif ("F", years) in by_age[comune] or not 0 <= years <= OLDEST:
            raise VetroError(f"{name}, line {number}: age {years} of {comune} is out of place.")
        else:
            by_age[comune] |= {(sex, years): count for sex, count in counts.items()}
    told = " ".join([title, *lines[head], *(cell for note in notes for cell in note)])
    not_final = next((key for key, (form, _) in NOT_FINAL.items() if form.search(told)), None)
    read = Residents(day, dict(by_age), not_final)
    _require_whole(read, totals, name)
    return read


def adopt(home: VetroHome, residents: Residents, *, replace_newer: bool = False) -> None:
    """Keep the residents under `home.reference`, beside those of other comuni; a build divides by them.

    Of a comune that had residents already the new ones stay, also where it was told in other parts: what
    counts is the comune of today. Raises VetroError, and changes nothing, where residents of a later day
    are in use and `replace_newer` does not say that they are to go.
    """
    home.reference.mkdir(parents=True, exist_ok=True)
    if not replace_newer:
        _require_no_newer(home, residents)
    comuni = sorted(residents.by_age)
    day, source = residents.reference_date, residents.source
    _keep(
        home.reference / "newer_residents.parquet",
        {
            "istat_comune": comuni,
            "residents": [residents.total(comune) for comune in comuni],
            "source": [source] * len(comuni),
            "reference_date": [day] * len(comuni),
        },
    )
    groups = [
        (comune, *group, n) for comune in comuni for group, n in sorted(residents.by_band(comune).items())
    ]
    names = ("istat_comune", "sex", "age_band", "residents")
    columns = {name: [group[place] for group in groups] for place, name in enumerate(names)}
    _keep(home.reference / "newer_residents_by_group.parquet", columns)


def _require_no_newer(home: VetroHome, residents: Residents) -> None:
    with connect() as connection:
        connection.execute("create table brought (istat_comune varchar)")
        connection.executemany("insert into brought values (?)", [[comune] for comune in residents.by_age])
        [(newer, latest, first)] = connection.execute(
            f"select count(*), max(reference_date), min(istat_comune) from ({residents_in_use(home)}) "
            f"where reference_date > $1 and istat_comune in (select today from ({_today('brought')}))",
            [residents.reference_date],
        ).fetchall()
    if newer:
        raise VetroError(
            f"these residents are of {residents.reference_date}; those in use for {newer} of the comuni "
            f"({first}, for one) are of a later day, the last of {latest}, and stay. "
            "To go back to older ones all the same: --replace-newer."
        )


def _today(rows: str) -> str:
    """SQL for the rows with the comune that has their territory today, as `today`."""
    return (
        f"select told.*, coalesce(istat_comune_today, istat_comune) as today from {rows} as told "
        f"left join (select istat_comune, istat_comune_today from {reference_relation('comune')}) "
        "using (istat_comune)"
    )


def _keep(target: Path, columns: dict[str, list]) -> None:
    """Write the columns together with the rows kept before of all other comuni of today."""
    brought = pa.table(columns)
    with connect() as connection, replacing(target) as written:
        connection.register("brought", brought)
        kept = "select * from brought"
        if target.exists():
            names = ", ".join(columns)
            before = f"read_parquet({literal(target)})"
            kept += (
                f" union all by name select {names} from ({_today(before)}) "
                f"where today not in (select today from ({_today('brought')}))"
            )
        pq.write_table(connection.sql(f"{kept} order by all").to_arrow_table(), written)


def _text(name: str, content: bytes) -> str:
    if b"\0" in content:
        raise VetroError(f"{name}: this is no text; a POSAS file in CSV, or ISTAT's zip of it, is read.")
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
        raise VetroError(f"{name}: no comune stands in it.")
    for comune, ages in residents.by_age.items():
        if len(ages) != 2 * (OLDEST + 1):
            raise VetroError(f"{name}: {comune} does not have every age from 0 to {OLDEST}.")
        if comune in totals and totals[comune] != residents.total(comune):
            raise VetroError(f"{name}: the ages of {comune} do not add up to the total it gives.")
