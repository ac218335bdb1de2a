"""One rule for all that commands write: what is there stays, unless somebody says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from neurograph.core.errors import ExistsError


def occupied(
    path: Path, what: str, *choices: str, elsewhere: str = "write elsewhere (-o)"
) -> ExistsError:
    """The error to raise where a command would replace what somebody made.

    Args:
        what: is there, such as "a trained run".
        choices: besides another place, and `--overwrite`.
        elsewhere: how to name another place; empty where there is only this one.
    """
    ways = [*choices, *filter(None, [elsewhere]), "replace what is there: --overwrite"]
    return ExistsError(f"{path}: there already: {what}; {', or '.join(ways)}")


def check_file(path: Path, *, overwrite: bool) -> None:
    """Raise ExistsError if a file is there that nobody has said may be replaced."""
    if path.exists() and not overwrite:
        raise occupied(path, "a file")


def check_folder(path: Path, marks: Iterable[str], noun: str) -> None:
    """Refuse a place for a folder of ours that holds something else; nothing replaces that.

    Args:
        marks: names of files of which one says that the folder is of this kind.
        noun: the kind, such as "run".

    Raises:
        ExistsError: it is a file, or a folder of other files.
    """
    if path.exists() and not path.is_dir():
        raise ExistsError(f"{path}: a file is there, needed a folder; write elsewhere (-o)")
    inside = sorted(held(path))
    if inside and not any((path / mark).exists() for mark in marks):
        more = ", ..." if len(inside) > 3 else ""
        raise ExistsError(
            f"{path}: is there and is no {noun} (it holds {', '.join(inside[:3])}{more}); write "
            "elsewhere (-o)"
        )


def held(path: Path) -> Iterator[str]:
    """Names of what a folder holds but for hidden files: locks, what killed commands left."""
    if path.is_dir():
        yield from (one.name for one in path.iterdir() if one.name[0] != ".")
