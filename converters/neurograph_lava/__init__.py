"""Runs an integer network on the Lava CPU simulator, spike for spike as the reference does.

Lava itself lives in a supervised worker process; importing this package does not import it.
"""

from neurograph_lava.runner import run

__all__ = ["run"]
