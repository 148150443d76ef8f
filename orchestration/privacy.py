"""What people may ask of the house about themselves, and the key that hides them: forget, merge, a new key.

Lines of standard input arrive, `ingestion` does it, what was built from raw goes with it. Lines are kept
in memory only. How a command is typed, and how a result is shown, does not belong here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.progress import Progress
from core.settings import Settings
from ingestion import key_rotation
from ingestion.data_subjects.erasure_register import note_erasures
from ingestion.data_subjects.erasure_request import ForgetReport
from ingestion.data_subjects.erasure_request import forget as forget_in_raw
from ingestion.identity.person_references import read_pairs, read_persons
from ingestion.identity.resolution import MergeReport, note_merges
from ingestion.instances import read_instances
from ingestion.key_rotation import Rotation
from ingestion.raw.layer import locked
from orchestration import build_state, lineage, steps, turns
from orchestration.warehouse import BuildReport, discard_warehouse


@dataclass(frozen=True)
class Forgetting:
    """What was forgotten, and the build of the new warehouse; None where there was none to replace.

    `register_noted`: the register of erasures beside the backups knows of it.
    """

    report: ForgetReport
    build: BuildReport | None
    register_noted: bool = True


def forget(settings: Settings, lines: Sequence[str], *, progress: Progress | None = None) -> Forgetting:
    """Forget the persons that `lines` name, and build the warehouse again, in a new file.

    Called again after it died, it completes what is missing. VetroError for a line that names nobody;
    VetroError while another process has the warehouse open, when raw is already without the persons.
    """
    home = settings.vetro_home.ensure()
    persons = read_persons(lines, read_instances(home))
    with turns.turn(home, "forgetting persons"):
        with lineage.step(settings, "forget") as step:
            report = forget_in_raw(home, persons)
            found = f"{report.forgotten} forgotten, {report.known} known"
            step.detail = f"{found}, {len(report.not_found)} not found"
        # Before the warehouse, which takes long: from here on no backup brings them back.
        with locked(home):
            noted = note_erasures(home, settings.backups)
        replaced = _discard_outdated(settings)
        return Forgetting(report, steps.build(settings, progress=progress) if replaced else None, noted)


def rotate_key(settings: Settings, *, progress: Progress | None = None) -> Rotation:
    """Give the house a new key; the warehouse, made under the old one, goes until the next build.

    VetroError while another process has the warehouse open, when the new key is already in place.
    """
    home = settings.vetro_home.ensure()
    with turns.turn(home, "giving the house a new key"), lineage.step(settings, "rotate-key") as step:
        rotation = key_rotation.rotate_key(home, progress=progress)
        step.detail = f"key {rotation.key_id}, {rotation.pseudonyms} pseudonyms"
        _discard_outdated(settings)
    return rotation


def merge_persons(settings: Settings, lines: Sequence[str]) -> MergeReport:
    """Note the pairs that `lines` name; the next build counts each pair as one person."""
    home = settings.vetro_home.ensure()
    pairs = read_pairs(lines)
    with lineage.step(settings, "merge-person") as step:
        report = note_merges(home, pairs)
        step.detail = f"{report.noted} noted, {report.known} known, {len(report.not_found)} not found"
    return report


def _discard_outdated(settings: Settings) -> bool:
    """Remove a warehouse from before raw was rewritten; return whether there was one."""
    home = settings.vetro_home
    if not build_state.is_outdated(home):
        return False
    discard_warehouse(home)
    return True
