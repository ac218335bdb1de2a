"""What a package can add by entry point: found by name, imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from neurograph.core.errors import NeuroGraphError
from neurograph.core.nearest import unknown


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Things of one kind by name: those built in, and those that installed packages add.

    Attributes:
        group: of the entry points; each is named like the thing that it leads to.
        noun: what a message calls one of them: "backend".
        base: an entry point leads to a subclass of it that is made without arguments, or to an
            instance. Where that has a `name`, it is the entry point's.
        error: raised for what is unknown or broken.
        built_in: name -> ``"module:attribute"``; no package can take one of these names.
    """

    group: str
    noun: str
    base: type
    error: type[NeuroGraphError]
    built_in: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """All names, the built-in ones first; nothing is imported."""
        return (*self.built_in, *self.added())

    def added(self) -> tuple[str, ...]:
        """Names that installed packages add, NeuroGraph's own ones first; nothing is imported."""
        return tuple(entry.name for entry in sorted(self._added(), key=_ours_first))

    def package(self, name: str) -> str:
        """The distribution that `name` comes from."""
        return _package(self._entry(name))

    def load(self, name: str) -> Any:
        """The thing called `name`, an instance of `base`.

        Raises:
            NeuroGraphError: of the kind `error`: there is none, or its package cannot be
                imported or holds something else.
        """
        entry = self._entry(name)
        found = self._imported(entry)
        if isinstance(found, type) and issubclass(found, self.base):
            found = self._made(found, entry)
        if not isinstance(found, self.base):
            raise self._broken(entry, f"is no {self.base.__module__}.{self.base.__qualname__}")
        if (own := getattr(found, "name", name)) != name:
            raise self._broken(entry, f"calls itself '{own}', not like its entry point")
        return found

    def _added(self) -> list[EntryPoint]:
        return [e for e in entry_points(group=self.group) if e.name not in self.built_in]

    def _entry(self, name: str) -> EntryPoint:
        if name in self.built_in:
            return EntryPoint(name=name, value=self.built_in[name], group=self.group)
        found = [entry for entry in self._added() if entry.name == name]
        if not found:
            names = self.names()
            more = "" if names else "; install a package that adds one"
            raise self.error(unknown(self.noun, name, names, more=more))
        if len(found) > 1:
            packages = ", ".join(sorted(map(_package, found)))
            raise self.error(
                f"{self.noun} '{name}' is added by several packages ({packages}); uninstall all "
                "but one of them"
            )
        return found[0]

    def _imported(self, entry: EntryPoint) -> Any:
        try:
            return entry.load()
        except Exception as error:  # whatever a foreign module raises
            extras = f"[{','.join(entry.extras)}]" if entry.extras else ""
            raise self.error(
                f"{self.noun} '{entry.name}' is installed but does not import "
                f"({type(error).__name__}: {error}); install what it needs: "
                f"pip install '{_package(entry)}{extras}' (see README, 'Install')"
            ) from error

    def _made(self, found: type, entry: EntryPoint) -> Any:
        try:
            return found()
        except Exception as error:  # as above
            raise self._broken(
                entry, f"cannot be made ({type(error).__name__}: {error})"
            ) from error

    def _broken(self, entry: EntryPoint, what: str) -> NeuroGraphError:
        return self.error(
            f"{self.noun} '{entry.name}' ({entry.value}) {what}; uninstall or mend the package "
            f"'{_package(entry)}'"
        )


def _package(entry: EntryPoint) -> str:
    if entry.dist:
        return entry.dist.name
    return entry.module.partition(".")[0]  # built in


def _ours_first(entry: EntryPoint) -> tuple[bool, str]:
    return _package(entry) != "neurograph", entry.name
