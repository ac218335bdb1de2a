"""Options of the backends: a panel each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from neurograph.cli.generated import Panel
from neurograph.core.errors import BackendError
from neurograph.core.setting import Setting, settings_of


def panels(keep: Callable[[Setting], bool] = lambda _: True) -> Iterator[Panel]:
    """The settings that `keep` says yes to, of every backend that can be imported."""
    from neurograph.runtime.backends import find_backend, known_backends

    for name in known_backends():
        try:
            backend = find_backend(name)
        except BackendError:  # which says more where that backend is asked for
            continue
        if own := tuple(of for of in settings_of(backend.options) if keep(of)):
            title = f", {backend.title}" if backend.title else ""
            yield Panel(owner=name, heading=f"Options of {name}{title}", settings=own, renamed=True)
