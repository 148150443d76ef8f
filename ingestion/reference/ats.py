"""Which ATS (ambito territoriale sociale, a group of comuni) each comune belongs to, and since when.

Arrives: `ats.csv` of the home, written by people: regions draw the ATS, and no public list has codes for
them. Leaves: memberships, checked, and as Parquet for the build. The ATS as an organisation, a parent of
others in the exports, does not belong here.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from core.atomic_files import replacing
from core.duckdb_sessions import connect
from core.home import VetroHome
from core.home_files import HomeFileError, Problem, read_lines, write_lines
from ingestion.reference.tables import reference_relation

COLUMNS = ("ats_id", "ats_name", "istat_comune", "valid_from", "valid_to")
ATS_SCHEMA = pa.schema(
    [
        ("ats_id", pa.string()),
        ("ats_name", pa.string()),
        ("region_code", pa.string()),
        ("istat_comune", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
    ]
)
ATS_ID = re.compile(r"([0-9]{2})-[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Membership:
    """A comune (six digits) belongs to an ATS on the days from `valid_from` to `valid_to`, both included."""

    line: int
    ats_id: str
    ats_name: str
    istat_comune: str
    valid_from: date
    valid_to: date


def read_memberships(home: VetroHome) -> list[Membership]:
    """Return the lines of `ats.csv`, none where there is no file; an empty day is an open end.

    HomeFileError, with all lines at once, for a line whose id, comune or days cannot be used, an ATS with two
    names, and a comune in two ATS on one day.
    """
    lines, problems = read_lines(home.ats_file, COLUMNS)
    regions = _regions() if lines else {}
    memberships = []
    for number, cells in lines:
        told = _membership(number, cells, regions)
        if isinstance(told, Membership):
            memberships.append(told)
        else:
            problems[number] = told
    problems |= _contradictions(memberships)
    if problems:
        raise HomeFileError(home.ats_file, problems)
    return memberships


def register_ats(home: VetroHome, rows: Sequence[Mapping[str, str]]) -> None:
    """Write `ats.csv` with `rows`, cells by column, in one step; a file that is there stays as it is."""
    if home.ats_file.exists():
        return
    with replacing(home.ats_file) as written:
        write_lines(written, COLUMNS, rows)


def write_ats_comuni(home: VetroHome) -> None:
    """Write `ats_comune.parquet` under `home.reference`, for the build; HomeFileError as in reading."""
    rows = [{name: getattr(each, name) for name in ATS_SCHEMA.names} for each in read_memberships(home)]
    with replacing(home.reference / "ats_comune.parquet") as written:
        pq.write_table(pa.Table.from_pylist(rows, ATS_SCHEMA), written)


def _regions() -> dict[str, str]:
    """The region of every comune code there ever was."""
    with connect(threads=1) as connection:
        rows = connection.execute(f"select istat_comune, region_code from {reference_relation('comune')}")
        return dict(rows.fetchall())


def _membership(number: int, cells: dict[str, str], regions: dict[str, str]) -> Membership | Problem:
    form = ATS_ID.fullmatch(cells["ats_id"])
    if not form or form[1] not in regions.values():
        return (
            "scrivere in ats_id il codice della regione, due cifre, e un nome breve, come 03-rhodense",
            "write in ats_id the code of the region, two digits, and a short name, like 03-rhodense",
        )
    if not cells["ats_name"]:
        return (
            "manca ats_name: scrivere come si chiama l'ATS",
            "ats_name is missing: write what the ATS is called",
        )
    if cells["istat_comune"] not in regions:
        return (
            "istat_comune non è il codice ISTAT di un comune: scriverne uno, sei cifre con gli zeri davanti",
            "istat_comune is not the ISTAT code of a comune: write one, six digits with leading zeros",
        )
    if regions[cells["istat_comune"]] != form[1]:
        return (
            "il comune è di un'altra regione: correggere istat_comune, o la regione in ats_id",
            "the comune is in another region: correct istat_comune, or the region in ats_id",
        )
    try:
        first = date.fromisoformat(cells["valid_from"] or date.min.isoformat())
        last = date.fromisoformat(cells["valid_to"] or date.max.isoformat())
    except ValueError:
        return (
            "scrivere valid_from e valid_to come AAAA-MM-GG, o lasciarli vuoti",
            "write valid_from and valid_to as YYYY-MM-DD, or leave them empty",
        )
    if last < first:
        return (
            "valid_to viene prima di valid_from: correggere uno dei due giorni",
            "valid_to comes before valid_from: correct one of the two days",
        )
    return Membership(number, cells["ats_id"], cells["ats_name"], cells["istat_comune"], first, last)


def _contradictions(memberships: list[Membership]) -> dict[int, Problem]:
    """Lines that say otherwise than a line above them."""
    problems: dict[int, Problem] = {}
    names: dict[str, Membership] = {}
    of_comune: dict[str, list[Membership]] = defaultdict(list)
    for each in memberships:
        named = names.setdefault(each.ats_id, each)
        if named.ats_name != each.ats_name:
            problems[each.line] = (
                f"la riga {named.line} dà all'ATS un altro nome: scrivere lo stesso in tutte",
                f"line {named.line} gives the ATS another name: write the same on all of them",
            )
        for other in of_comune[each.istat_comune]:
            if each.valid_from <= other.valid_to and other.valid_from <= each.valid_to:
                problems[each.line] = (
                    f"alla riga {other.line} il comune è in un ATS negli stessi giorni: togliere una delle "
                    "due, o correggere i giorni",
                    f"line {other.line} has the comune in an ATS on the same days: remove one of the two, or "
                    "correct the days",
                )
        of_comune[each.istat_comune].append(each)
    return problems
