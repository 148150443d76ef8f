"""Homes with a few simulated exports: which are first, and how one lands."""

import shutil
from pathlib import Path

from core.home import VetroHome


def first_exports(simulated: Path, instance: str, count: int = 1) -> list[Path]:
    """The first exports of one territory, folders or archives, in the order of their sequence."""
    return sorted(path for path in (simulated / instance).iterdir() if not path.name.startswith("."))[:count]


def land(home: VetroHome, export: Path, instance: str) -> Path:
    """Copy one export into landing."""
    target = home.landing / instance / export.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if export.is_dir():
        shutil.copytree(export, target)
    else:
        shutil.copy2(export, target)
    return target
