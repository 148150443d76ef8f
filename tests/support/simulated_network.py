"""Simulated exports read back by plain means, so that tests judge the files and not the code that wrote them.

A folder of exports arrives; a DuckDB connection leaves with one table per entity: every column as text,
`instance`, `sequence`, and `now_<entity>` with what counts in the end (the last sending of each record).
"""

import json
import zipfile
from pathlib import Path

import duckdb


def manifests(out: Path) -> dict[tuple[str, int], dict]:
    """Return every manifest by instance and sequence."""
    found = {}
    for path in sorted(out.glob("*/*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                manifest = json.loads(archive.read("datapackage.json"))
        else:
            manifest = json.loads((path / "datapackage.json").read_bytes())
        found[manifest["welfare"]["instance"], manifest["welfare"]["sequence"]] = manifest
    return found


def unpacked(out: Path, work: Path) -> Path:
    """Return a folder with every export as a folder; archives are unpacked, folders are linked."""
    for path in sorted(out.glob("*/*")):
        target = work / path.parent.name / path.stem
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                archive.extractall(target)
        else:
            target.symlink_to(path)
    return work


def load(out: Path, work: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with all the rows of all the exports, as text."""
    folders = unpacked(out, work)
    con = duckdb.connect(config={"threads": 2})
    con.execute("set timezone = 'Europe/Rome'")
    described = manifests(out)
    entities = sorted({r["name"] for m in described.values() for r in m["resources"]})
    for entity in entities:
        parts = []
        for instance in sorted({i for i, _ in described}):
            resource = next(r for r in described[instance, 1]["resources"] if r["name"] == entity)
            delimiter = resource["dialect"]["delimiter"]
            columns = {f["name"]: "VARCHAR" for f in resource["schema"]["fields"]}
            pattern = folders / instance / "*" / "data" / f"{entity}.csv"
            parts.append(
                f"select '{instance}' as instance, cast(regexp_extract(filename, '-(\\d+)/data', 1) as int) "
                f"as sequence, * exclude (filename) from read_csv('{pattern}', auto_detect=false, "
                f"delim='{delimiter}', header=true, quote='\"', filename=true, columns={columns})"
            )
        con.execute(f"create table {entity} as " + " union all ".join(parts))
        con.execute(
            f"create view now_{entity} as select * from {entity} qualify row_number() over "
            "(partition by instance, record_id order by try_cast(row_version as int) desc, sequence desc) = 1"
        )
    return con
