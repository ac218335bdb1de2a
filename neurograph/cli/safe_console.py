"""A console on which names of others are text: no terminal obeys what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from neurograph.core.plain import plain


class SafeConsole(Console):
    """Writes control characters out, wherever in what is printed they are."""

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """As `Console.render`, through which all that is printed goes."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else plain(text), style, control)
