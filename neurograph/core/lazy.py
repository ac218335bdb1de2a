"""Names of a package that are imported when they are first asked for (PEP 562)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package.

    Args:
        package: its `__name__`.
        homes: name -> where it comes from, below the package: ``"module.name"``.
    """

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        module, _, original = homes[name].rpartition(".")
        try:
            return getattr(import_module(f"{package}.{module}"), original)
        except Exception as error:  # a package that it needs is missing or broken
            raise ImportError(
                f"{package}.{name} cannot be imported ({type(error).__name__}: {error}); "
                "`python -m neurograph doctor` says what to do"
            ) from error

    return get, lambda: sorted(homes)
