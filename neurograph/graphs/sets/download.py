"""Files from a fixed place, each checked against its hash before anybody reads it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from neurograph.core.errors import DataError

TIMEOUT_S = 30
RETRIES = 1  # per file, after a failed connection


def download(
    files: Mapping[str, str],
    url: str,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Download files into `folder`, at the paths that they have below `url`.

    Args:
        files: path -> SHA-256 of the file with its line ends as LF.
        url: the folder that all paths are relative to.
        folder: a temporary one; what came before a failure stays in it.
        progress: called with (files done, files in all).

    Raises:
        DataError: a failed or truncated download, or contents of another hash.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.WARNING)  # it announces every file on stderr
    fetcher = pooch.create(
        path=folder,
        base_url=url.rstrip("/") + "/",
        registry=dict.fromkeys(files),  # hashes are checked below, line ends as LF
        retry_if_failed=RETRIES,
    )
    getter = pooch.HTTPDownloader(timeout=TIMEOUT_S)
    for done, (path, expected) in enumerate(files.items()):
        where = fetcher.base_url + path
        try:
            file = Path(fetcher.fetch(path, downloader=getter))
        except (requests.RequestException, OSError, ValueError) as error:
            raise DataError(
                f"{where}: download failed ({error}); nothing was written; check the network and "
                "try again, or read files of your own with: neurograph data import"
            ) from error
        _check(file, where, expected)
        if progress is not None:
            progress(done + 1, len(files))


def _check(file: Path, where: str, expected: str) -> None:
    """Raise DataError unless the file has this hash."""
    found = hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    if found != expected:
        raise DataError(
            f"{where}: sha256 {found[:12]}, expected {expected[:12]}; the file is damaged or "
            "has changed; nothing was written"
        )
