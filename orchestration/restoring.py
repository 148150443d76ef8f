"""A home made again from a backup: checked, brought to the key of today, without whoever was erased.

A backup, the secrets and every register of erasures that can be found arrive; a home leaves, by one rename.
What is in a backup does not belong here (`backup`).
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.atomic_files import discard, sync
from core.errors import Kind, VetroError
from core.home import VetroHome
from core.home_version import require_version
from ingestion.data_subjects.erasure_register import (
    FILE,
    ErasureRegister,
    read_register,
    register_of,
    united,
)
from ingestion.data_subjects.erasure_request import erase_again
from ingestion.key_rotation import continue_key
from ingestion.privacy.pseudonyms import KEY_FILE, PseudonymKey, open_key, put_key
from ingestion.raw.layer import locked
from orchestration.backup import MANIFEST, BackupManifest, read_manifest, sha256_of

_RESTORING = ".restoring-"


@dataclass(frozen=True)
class Restoration:
    """A home that was restored: from when (UTC) and by which version the backup was, how many persons or
    records were erased once more, and from how many registers; from none, whoever was erased since is back.
    """

    home: Path
    made_at: str
    product_version: str
    files: int
    erased_again: int
    registers: int


def restore(
    home: VetroHome,
    backup: Path,
    *,
    secrets: Path | None = None,
    erasures: Sequence[Path] = (),
) -> Restoration:
    """Make `home`, which must not be there or be empty, from `backup`.

    secrets -- a folder with the key, where it is not in the backup; the key may be a later one. erasures --
    registers, or homes, that know of erasures since, besides the register in the folder of the backup. Killed
    at any instant there is no home, and the call is made again. VetroError where a file of the backup is not
    as it was written, or the key is another one.
    """
    backup = backup.expanduser().resolve()
    manifest = read_manifest(backup)
    require_version(manifest.product_version, backup.name)
    if home.root.exists() and (not home.root.is_dir() or next(home.root.iterdir(), None)):
        raise VetroError(
            f"{home.root} is not empty: move it away first, and give it with --erasures / "
            "non è vuota: prima spostarla altrove, poi indicarla con --erasures",
            kind=Kind.USAGE,
        )
    home.root.parent.mkdir(parents=True, exist_ok=True)
    staged = VetroHome.at(home.root.with_name(f"{_RESTORING}{home.root.name}"))
    discard([staged.root])
    try:
        _lay(backup, manifest, staged)
        key = _lay_secrets(backup, manifest, staged, secrets)
        continue_key(staged, key)
        registers = _registers(backup, erasures)
        erased = erase_again(staged, united(key, registers)) if registers else 0
    except BaseException:
        discard([staged.root])
        raise
    for folder in sorted(path for path in staged.root.rglob("*") if path.is_dir() and not path.is_symlink()):
        sync(folder)
    sync(staged.root)
    staged.root.rename(home.root)
    sync(home.root.parent)
    return Restoration(
        home.root,
        manifest.made_at,
        manifest.product_version,
        len(manifest.files),
        erased,
        len(registers),
    )


def _lay(backup: Path, manifest: BackupManifest, staged: VetroHome) -> None:
    """Copy the files of the backup, and check each copy against its hash."""
    found = {
        path.relative_to(backup).as_posix()
        for path in backup.rglob("*")
        if path.is_symlink() or path.is_file()
    } - {MANIFEST}
    if found != manifest.files.keys():
        missing, more = len(manifest.files.keys() - found), len(found - manifest.files.keys())
        raise VetroError(
            f"{backup.name}: {missing} files are missing, {more} were put in: take another backup / "
            f"mancano {missing} file, {more} sono stati aggiunti: usare un'altra copia"
        )
    staged.root.mkdir(mode=0o700)
    for name, file in manifest.files.items():
        source, target = backup / name, staged.root / name
        if not target.resolve().is_relative_to(staged.root):
            raise _changed(backup, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.link:
            # A link of a release leads to a file beside it; one that leads out of the home was put there.
            leads = (target.parent / file.link).resolve()
            if not leads.is_relative_to(staged.root) or str(source.readlink()) != file.link:
                raise _changed(backup, name)
            target.symlink_to(file.link)
            continue
        if source.is_symlink():
            raise _changed(backup, name)
        shutil.copy2(source, target)
        if sha256_of(target) != file.sha256:
            raise _changed(backup, name)
        sync(target)
    # The folders of the instances are told apart by whoever may look into them.
    staged.root.chmod(0o755)


def _changed(backup: Path, name: str) -> VetroError:
    return VetroError(
        f"{backup.name}: {name} is not as it was written: take another backup / "
        "non è come è stato scritto: usare un'altra copia"
    )


def _lay_secrets(
    backup: Path, manifest: BackupManifest, staged: VetroHome, secrets: Path | None
) -> PseudonymKey:
    """Lay the secrets down, with the key as it was when the backup was made; return the key of today."""
    if secrets is not None:
        discard([staged.secrets])
        shutil.copytree(secrets.expanduser(), staged.secrets)
    if not (staged.secrets / KEY_FILE).is_file():
        raise VetroError(
            f"the key is not in {backup.name}: give the folder that was kept apart with --secrets / "
            "la chiave non è nella copia: indicare con --secrets la cartella conservata a parte",
            kind=Kind.USAGE,
        )
    staged.secrets.chmod(0o700)
    key = open_key(staged)
    put_key(staged, key.until(manifest.key_id))
    return key


def _registers(backup: Path, given: Sequence[Path]) -> list[ErasureRegister]:
    """Return the register beside the backup, and those `given`, as files, folders of backups or homes."""
    places = [path.expanduser().resolve() for path in given]
    found = []
    if (backup.parent / FILE).is_file():
        found.append(read_register(backup.parent / FILE))
    for place in places:
        if place.is_file():
            found.append(read_register(place))
        elif (place / FILE).is_file():
            found.append(read_register(place / FILE))
        elif (place / "raw").is_dir():
            earlier = VetroHome.at(place)
            with locked(earlier):
                found.append(register_of(earlier))
        else:
            raise VetroError(
                f"{place} knows of no erasures: name {FILE}, a folder of backups or a home / "
                f"non conosce cancellazioni: indicare {FILE}, una cartella di copie o una casa",
                kind=Kind.USAGE,
            )
    return found
