"""Where profiles are, and what a TOML file says: the tables of a mapping, or one clear error."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from neurograph.core.errors import ProfileError, StoreError
from neurograph.core.machine import unreadable
from neurograph.core.nearest import unknown
from neurograph.core.reading import read_bytes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def folder() -> Path:
    """The profiles that come with NeuroGraph: live in a checkout, else packed into the wheel."""
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "hw_profiles"
    return Path(str(files("neurograph") / "_hw_profiles"))


def known_profiles() -> tuple[str, ...]:
    """Names of the profiles that come with NeuroGraph."""
    entries = (entry.name for entry in folder().iterdir())
    return tuple(sorted(name[: -len(".toml")] for name in entries if name.endswith(".toml")))


def locate(name_or_path: str, beside: Path) -> Path:
    """The file of a known profile, or the one at that path, relative to the folder `beside`.

    Raises:
        ProfileError: it is neither a known profile nor ends in ``.toml``.
    """
    if name_or_path.endswith(".toml"):
        return beside / name_or_path
    if name_or_path in known_profiles():
        return folder() / f"{name_or_path}.toml"
    more = ", or give the path of a .toml file"
    raise ProfileError(unknown("profile", name_or_path, known_profiles(), more=more))


def read(path: Path) -> dict[str, Any]:
    """What the file says.

    Raises:
        ProfileError: it cannot be read, or is not TOML in UTF-8.
    """
    try:
        return tomllib.loads(read_bytes(path).decode("utf-8"))
    except StoreError as error:
        raise ProfileError(str(error)) from error
    except OSError as error:
        missing = ProfileError(f"{path}: cannot be read ({error.strerror})")
        raise unreadable(path, error, missing) from error
    except UnicodeDecodeError as error:
        raise ProfileError(
            f"{path}: not UTF-8 from byte {error.start} on ({error.reason}); save it as UTF-8"
        ) from error
    except RecursionError as error:
        raise ProfileError(f"{path}: not TOML that can be read: nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and an integer of thousands of digits
        raise ProfileError(f"{path}: not TOML: {error}") from error
