"""Kinds of files: by their ending, and by their first bytes."""

from __future__ import annotations

import re

from neurograph.graphs.tables.source import Source

TEXT = "text"
ENDINGS = {
    "csv": TEXT,
    "tsv": TEXT,
    "npz": "numpy",
    "npy": "numpy",
    "parquet": "parquet",
    "pq": "parquet",
    "feather": "arrow",
    "arrow": "arrow",
    "pt": "torch",
    "pth": "torch",
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
    "numpy": "a file of numpy",
    "parquet": "a Parquet file",
    "arrow": "an Arrow file",
    "torch": "a PyTorch file",
    "excel": "an Excel workbook",
    "hdf5": "an HDF5 file",
    "pickle": "a pickle of Python objects",
    "matlab": "a MATLAB file",
    "zip": "a zip archive",
    "database": "an SQLite database",
    "pdf": "a PDF",
}
REFUSED = {
    "torch": "write its arrays with np.savez('graph.npz', u=..., v=..., t=...)",
    "excel": "save the sheet as CSV",
    "hdf5": "write the columns with np.savez('graph.npz', u=..., v=..., t=...)",
    "pickle": "which is not read from strangers; write its columns as CSV, .npz or Parquet",
    "matlab": "write the columns with np.savez('graph.npz', u=..., v=..., t=...)",
    "zip": "give it the ending .zip",
    "database": "write the table of edges as CSV",
    "pdf": "needed a table",
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
)


def by_ending(source: Source) -> str:
    """The kind that an ending stands for; empty where it stands for none."""
    return ENDINGS.get(source.ending, "")


def by_content(start: bytes) -> str:
    """The kind that the first bytes are of; text where they are of no other."""
    for mark, kind in STARTS:
        if start.startswith(mark):
            return kind
    if start.startswith(b"PK\x03\x04"):
        return _zipped(start)
    if re.match(rb"\x80[\x02-\x05]", start):
        return "pickle"
    return TEXT


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
