"""Names of files, folders, sheets and columns without the differences that nobody means.

A Mac parts a letter from its accent, Windows parts folders by a backslash, a word processor curls an
apostrophe: a name arrives as it was written, and leaves as it is compared. The same is done to values (see
`adapters.foreign_files.cleaned_text`). What a name stands for does not belong here.
"""

import re
import unicodedata

MANIFEST_NAME = "datapackage.json"
LARGEST_MANIFEST = 32 * 1024 * 1024

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`", "'"))
# Spaces that look like one. Control characters stay: nobody means them in a name.
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]+")
# What operating systems and offices leave beside what somebody meant to send; compared in lower case.
_LEFTOVERS = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "icon\r"))


def plain_name(name: str) -> str:
    """Return a name with composed accents, plain apostrophes, one kind of space and none at the ends."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", name).translate(_APOSTROPHES)).strip(" ")


def plain_path(path: str) -> str:
    """Return a path with a slash between plain names, whichever stroke the sender's system uses."""
    return "/".join(plain_name(part) for part in path.replace("\\", "/").split("/"))


def is_leftover(name: str) -> bool:
    """True for what Windows, macOS or an open office document leaves in a folder: nobody sent it."""
    return name.lower() in _LEFTOVERS or name.startswith("~$")


def path_is_safe(path: str) -> bool:
    """True for a relative path inside the export: no URL, no drive, no root, no `..`."""
    parts = re.split(r"[\\/]", path)
    return not (path.startswith(("/", "\\", "~")) or ".." in parts or ":" in path)
