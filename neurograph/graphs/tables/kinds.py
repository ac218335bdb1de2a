"""Kinds of files: by their ending, and by their first bytes."""

from __future__ import annotations

import re

from neurograph.core.errors import DataError
from neurograph.graphs.tables.source import Source

TEXT = "text"
TEXTUAL = (TEXT, "edge list", "adjacency list", "multiline adjacency list", "matrix market")
ENDINGS = {
    "csv": TEXT,
    "tsv": TEXT,
    "npz": "numpy",
    "npy": "numpy",
    "parquet": "parquet",
    "pq": "parquet",
    "feather": "arrow",
    "arrow": "arrow",
    "graphml": "graphml",
    "gexf": "gexf",
    "gml": "gml",
    "net": "pajek",
    "paj": "pajek",
    "json": "json",
    "mtx": "matrix market",
    "adjlist": "adjacency list",
    "multiline_adjlist": "multiline adjacency list",
    "pt": "torch",
    "pth": "torch",
    "safetensors": "safetensors",
    "xlsx": "excel",
    "xls": "excel",
    "h5": "hdf5",
    "hdf5": "hdf5",
    "pkl": "pickle",
    "pickle": "pickle",
    "mat": "matlab",
}
WORDS = {
    TEXT: "text",
    "edge list": "an edge list with dictionaries",
    "adjacency list": "an adjacency list",
    "multiline adjacency list": "an adjacency list over several lines",
    "matrix market": "a MatrixMarket file",
    "numpy": "a file of numpy",
    "parquet": "a Parquet file",
    "arrow": "an Arrow file",
    "graphml": "GraphML",
    "gexf": "GEXF",
    "gml": "GML",
    "pajek": "a Pajek network",
    "json": "JSON",
    "xml": "XML of an unknown kind",
    "html": "a web page",
    "torch": "a PyTorch file",
    "safetensors": "a safetensors file",
    "excel": "an Excel workbook",
    "hdf5": "an HDF5 file",
    "pickle": "a pickle of Python objects",
    "matlab": "a MATLAB file",
    "zip": "a zip archive",
    "database": "an SQLite database",
    "pdf": "a PDF",
    "archive": "an archive",
    "picture": "a picture",
}
SAVEZ = "write its columns with np.savez('graph.npz', u=..., v=..., t=...)"
REFUSED = {
    "xml": "needed GraphML or GEXF, or columns in a text",
    "html": "perhaps an error that was saved in place of the file; get it again",
    "torch": SAVEZ,
    "safetensors": f"which holds weights of a network, no edges; {SAVEZ}",
    "excel": "save the sheet as CSV",
    "hdf5": SAVEZ,
    "pickle": "which is not read, for it may run anything; write its columns as CSV or Parquet",
    "matlab": SAVEZ,
    "zip": "give it the ending .zip",
    "database": "write its table of edges as CSV",
    "pdf": "needed a table",
    "archive": "unpack it and name the file",
    "picture": "needed a table",
}
STARTS = (
    (b"\x93NUMPY", "numpy"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"FEA1", "arrow"),
    (b"\x89HDF\r\n", "hdf5"),
    (b"MATLAB 5.0 MAT-file", "matlab"),
    (b"SQLite format 3\x00", "database"),
    (b"%PDF-", "pdf"),
    (b"\xd0\xcf\x11\xe0", "excel"),
    (b"%%MatrixMarket", "matrix market"),
    (b"\x28\xb5\x2f\xfd", "archive"),  # zstd
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!", "archive"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
)
DICTIONARY = re.compile(rb"[^{}\n]*\{.*\}\s*")


def kind_of(source: Source) -> str:
    """The kind of a file, which its ending and its first bytes agree on.

    Raises:
        DataError: they do not; names both.
    """
    named, found = ENDINGS.get(source.ending, ""), by_content(source.start(1 << 14))
    if named == "torch" and found == "pickle":  # as PyTorch wrote until 1.5
        return named
    if named in TEXTUAL and found in TEXTUAL:
        return found if named == TEXT else named
    if named in ("", found) or (named == "safetensors" and found == TEXT):
        return named or found
    raise DataError(
        f"{source.path}: named .{source.ending}, which is {WORDS[named]}, but it holds "
        f"{WORDS[found]}; call it what it is, or get it again"
    )


def by_content(start: bytes) -> str:
    """The kind that the first bytes are of; text where they are of no other."""
    for mark, kind in STARTS:
        if start.startswith(mark):
            return kind
    if start[257:262] == b"ustar":
        return "archive"
    if start.startswith(b"PK\x03\x04"):
        return _zipped(start)
    if re.match(rb"\x80[\x02-\x05]", start):
        return "pickle"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        start = start[2:].replace(b"\0", b"")
    return _written(start.removeprefix(b"\xef\xbb\xbf").lstrip())


def _zipped(start: bytes) -> str:
    """What an archive is of, by the name of its first member."""
    length = int.from_bytes(start[26:28], "little")
    name = start[30 : 30 + length]
    if name.endswith(b".npy"):
        return "numpy"
    if name.endswith((b"/data.pkl", b"/.format_version", b"/version", b"/byteorder")):
        return "torch"
    if name.startswith((b"[Content_Types]", b"xl/", b"_rels/")):
        return "excel"
    return "zip"


def _written(start: bytes) -> str:
    """What a text is."""
    if start.startswith(b"<"):
        return _marked_up(start.lower())
    if re.match(rb"\{\s*[\"}]|\[\s*[\[{\]]", start):
        return "json"
    if re.match(rb"\*(vertices|network)\b", start, re.IGNORECASE):
        return "pajek"
    if re.match(rb"((#|creator|version|comment)[^\n]*\n\s*)*graph\s*\[", start, re.IGNORECASE):
        return "gml"
    comments = [line for line in start.split(b"\n")[:10] if line.startswith(b"#")]
    if any(b"adjacency list" in line for line in comments):
        return "adjacency list"
    lines = [line for line in start.split(b"\n")[:-1] if line.strip() and line[:1] != b"#"]
    if lines and all(DICTIONARY.fullmatch(line) for line in lines):
        return "edge list"
    return TEXT


def _marked_up(start: bytes) -> str:
    if b"<graphml" in start:
        return "graphml"
    if b"<gexf" in start:
        return "gexf"
    if b"<html" in start or b"<!doctype html" in start:
        return "html"
    return "xml" if re.match(rb"<[?!a-z]", start) else TEXT
