"""Formats that a file is not supposed to have, told by how it begins.

Arrives: the first bytes of a file. Leaves: what kind of file it is, where that is none that is read as text.
Reading it does not belong here.
"""

import codecs
import re

_BEGINNINGS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0", "OLE"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"PAR1", "Parquet"),
    (b"{\\rtf", "RTF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_JSON = re.compile(rb'\s*(\{\s*("|\})|\[\s*(\{|\[|\]|"[^"\n]*"\s*[,\]]|-?[0-9.]+\s*[,\]]))')
_HTML = re.compile(rb"\s*<(!doctype\s+html|html|head|body|table)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<(\?xml|!--|!doctype|[A-Za-z_][\w.:-]*(\s[^<>]*)?/?>)", re.IGNORECASE)
# What people call it.
SPOKEN = {"zip": "zip / xlsx / ods", "OLE": "xls / doc"}


def format_of(content: bytes) -> str | None:
    """Return the name of the format in which `content` begins: zip, OLE (the old office formats), PDF, gzip,
    Parquet, JSON, XML, HTML and others; None for what may be text with columns.
    """
    for beginning, name in _BEGINNINGS:
        if content.startswith(beginning):
            return name
    text = content[:4096].removeprefix(codecs.BOM_UTF8)
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = text[2:].replace(b"\0", b"")
    for pattern, name in ((_JSON, "JSON"), (_HTML, "HTML"), (_XML, "XML")):
        if pattern.match(text):
            return name
    return None
