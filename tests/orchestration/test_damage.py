"""Disks that fill up, files that are damaged or still being written, clocks set back, readers that stay: what
was there stays whole, what is wrong is said, and once it is mended everything comes to the same end.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from core.home import VetroHome
from core.settings import Settings
from ingestion.loading.ingest import ingest
from publication.composition import is_data_file
from publication.release import current, publish
from publication.release_record import read_release
from publication.verification import verify
from tests.support.command_line import Vetro
from tests.support.exports import Export, make_home, rows
from tests.support.homes import first_exports, land
from tests.support.published_homes import OPEN, copy_first_release
from tests.support.traces import raw_values

pytestmark = pytest.mark.faults

# No file of the process can grow beyond so many bytes: that is how a full disk answers.
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.argv = ["vetro", *sys.argv[2:]]
from orchestration.cli import main
main()
"""
# A process of ours whose clock is a year ahead of the one of those after it.
AHEAD = """
import sys
from datetime import datetime, timedelta
from core.home import VetroHome
from ingestion.loading.ingest import ingest
from publication.release import publish
from tests.support.published_homes import OPEN
class Ahead(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days=365)
for name, module in list(sys.modules.items()):
    is_ours = name.partition(".")[0] in ("core", "ingestion", "publication")
    if is_ours and getattr(module, "datetime", None) is datetime:
        module.datetime = Ahead
home = VetroHome.at(sys.argv[1])
if sys.argv[2] == "ingest":
    print(*(receipt.status for receipt in ingest(home)))
else:
    print(publish(home, gate=OPEN, code_version="ahead").release_id)
"""
READER = """
import sys, time, duckdb
from pathlib import Path
release = Path(sys.argv[1]).resolve()
held = duckdb.connect(str(next((release / "private").glob("*.duckdb"))), read_only=True)
page = (release / "public" / "tables.json").open("rb")
def seen():
    page.seek(0)
    rows = held.execute("select count(*), bit_xor(hash(v)) from marts.indicator_value v").fetchone()
    return rows, hash(page.read()), hash((release / "release.json").read_bytes())
first = seen()
print("reads", flush=True)
for line in sys.stdin:
    print(seen() == first, flush=True)
"""


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )


def copied(walked: Settings, tmp_path: Path) -> VetroHome:
    shutil.copytree(walked.home, tmp_path / "home", symlinks=True, copy_function=shutil.copy2)
    return Settings(home=tmp_path / "home").vetro_home


def figures(home: VetroHome) -> dict[str, str]:
    """The hashes of the data files of the current release."""
    written = read_release(home.current_release)["files"]
    return {name: file["sha256"] for name, file in written.items() if is_data_file(name)}


def test_a_disk_that_is_full_loads_nothing_in_part_and_ends_alike_once_there_is_room(
    walked: Settings, simulated: Path, tmp_path: Path, vetro: Vetro
) -> None:
    home = copied(walked, tmp_path)
    before = current(home).release_id
    land(home, first_exports(simulated, "rho", 2)[1], "rho")
    committed = sorted(home.raw.glob("instance=*/export=*"))
    full = python(LIMITED, 3_000, "--home", home.root, "ingest")
    assert full.returncode == 3, full.stderr
    assert "space" in full.stderr and "Traceback" not in full.stderr
    assert sorted(home.raw.glob("instance=*/export=*")) == committed
    assert not list(home.raw_incoming.iterdir())
    assert vetro("--home", str(home.root), "ingest").returncode == 0
    full = python(LIMITED, 2_000_000, "--home", home.root, "run")
    assert full.returncode == 3, full.stdout + full.stderr
    assert "Traceback" not in full.stderr
    assert current(home).release_id == before and verify(home, before).holds
    assert vetro("--home", str(home.root), "run").returncode == 0
    assert current(home).release_id != before


def test_a_damaged_file_of_raw_keeps_the_release_is_named_and_put_back_mends_it(
    walked: Settings, tmp_path: Path, vetro: Vetro
) -> None:
    home = copied(walked, tmp_path)
    before, printed = current(home).release_id, figures(home)
    file = next(home.raw.glob("instance=rho/export=*/service_delivery.parquet"))
    kept = file.read_bytes()
    file.write_bytes(kept[: len(kept) // 2])
    home.warehouse.unlink()
    broken = vetro("--home", str(home.root), "run")
    assert broken.returncode == 3
    assert current(home).release_id == before and verify(home, before).holds
    looked = json.loads(vetro("--home", str(home.root), "doctor", "--json", VETRO_AUTH="off").stdout)
    (told,) = [each for each in looked["findings"] if each["check"] == "raw"]
    assert not told["holds"] and file.parent.name in told["sentence"]
    file.write_bytes(kept)
    assert vetro("--home", str(home.root), "run").returncode == 0
    assert printed and figures(home) == printed


def test_a_file_of_raw_with_another_value_is_not_built_from(
    walked: Settings, tmp_path: Path, vetro: Vetro
) -> None:
    """It can be read, and holds as many rows and the same totals."""
    home = copied(walked, tmp_path)
    before = current(home).release_id
    file = next(home.raw.glob("instance=rho/export=*/service_delivery.parquet"))
    rows_before = duckdb.read_parquet(str(file), hive_partitioning=False).count("*").fetchone()
    changed = tmp_path / "changed.parquet"
    duckdb.sql(
        f"copy (select * replace (start_date + 1 as start_date) from read_parquet('{file}', "
        f"hive_partitioning = false)) to '{changed}' (format parquet, compression zstd)"
    )
    shutil.move(changed, file)
    assert duckdb.read_parquet(str(file), hive_partitioning=False).count("*").fetchone() == rows_before
    broken = vetro("--home", str(home.root), "run")
    assert broken.returncode == 3 and file.parent.name in broken.stdout + broken.stderr
    assert current(home).release_id == before and verify(home, before).holds


@pytest.mark.parametrize(
    "damage",
    ["middle", pytest.param("head", marks=pytest.mark.long), pytest.param("empty", marks=pytest.mark.long)],
)
def test_a_damaged_warehouse_is_said_or_built_anew_and_never_published(
    walked: Settings, tmp_path: Path, vetro: Vetro, damage: str
) -> None:
    home = copied(walked, tmp_path)
    before, printed = current(home).release_id, figures(home)
    content = bytearray(home.warehouse.read_bytes())
    if damage == "empty":
        content = bytearray(b"no database\n" * 1_000)
    else:
        start = 0 if damage == "head" else len(content) // 3
        content[start : start + 300_000] = bytes(300_000)
    home.warehouse.write_bytes(content)
    assert vetro("--home", str(home.root), "check").returncode == 3
    assert current(home).release_id == before and verify(home, before).holds
    home.warehouse.unlink()
    assert vetro("--home", str(home.root), "run").returncode == 0
    assert printed and figures(home) == printed


def test_an_export_that_is_still_being_written_comes_in_once_and_whole(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    export = Export(entities={"payment": rows("payment", 400)})
    slowly = (
        "import sys, time, pathlib\n"
        "source, target = map(pathlib.Path, sys.argv[1:])\n"
        "content, step = source.read_bytes(), 200\n"
        "with target.open('wb') as file:\n"
        "    for start in range(0, len(content), step):\n"
        "        file.write(content[start:start + step]); file.flush(); time.sleep(0.2)\n"
    )
    whole = export.write_zip(tmp_path / "sent")
    target = home.landing / "rho" / whole.name
    target.parent.mkdir()
    with subprocess.Popen([sys.executable, "-c", slowly, str(whole), str(target)]) as writer:
        looks = 0
        while writer.poll() is None:
            ingest(home)
            looks += 1
            loaded = raw_values(home.raw, "payment", "count(*)")
            assert loaded in ([], [(400,)])
    assert looks > 1
    ingest(home)
    assert raw_values(home.raw, "payment", "count(*)") == [(400,)]


def test_a_clock_set_back_by_a_year_loses_nothing_and_takes_nothing_twice(tmp_path: Path) -> None:
    home = make_home(tmp_path / "ingested")
    for sequence in (1, 2):
        Export(sequence=sequence, entities={"payment": rows("payment", 3, f"S{sequence}")}).write(
            home.landing / "rho"
        )
        if sequence == 1:
            assert python(AHEAD, home.root, "ingest").stdout.split() == ["accepted"]
    assert sorted(receipt.status for receipt in ingest(home)) == ["accepted", "known"]
    assert [count for (count,) in raw_values(home.raw, "payment", "count(*)")] == [3, 3]
    published = copy_first_release(tmp_path / "published")
    ahead = python(AHEAD, published.root, "publish")
    assert ahead.returncode == 0, ahead.stderr
    assert current(published).release_id == ahead.stdout.strip()
    after = publish(published, gate=OPEN, code_version="after")
    assert after.new and current(published).release_id == after.release_id
    assert verify(published, "current").holds


# Ten releases pass in a minute; the long form waits between them, so that the reader stays for an hour.
@pytest.mark.parametrize("pause", [0, pytest.param(360, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
def test_a_reader_that_stays_while_ten_releases_pass_reads_what_it_opened(tmp_path: Path, pause: int) -> None:
    home = copy_first_release(tmp_path / "home")
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(home.current_release)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    with reader:
        assert reader.stdout.readline() == "reads\n"
        seen = {current(home).release_id}
        for number in range(10):
            seen.add(publish(home, gate=OPEN, code_version=f"passing-{number}").release_id)
            time.sleep(pause)
            reader.stdin.write("again\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == "True\n"
        reader.stdin.close()
    assert len(seen) == 11
    with duckdb.connect(
        str(next((home.current_release / "private").glob("*.duckdb"))), read_only=True
    ) as new:
        assert new.execute("select count(*) from marts.indicator_value").fetchone()[0] > 0
