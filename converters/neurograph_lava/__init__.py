"""Runs an integer network on the Lava CPU simulator, spike for spike as the reference does.

Lava itself lives in a supervised worker process; importing this package does not import it. The
Lava processes are in `neurograph_lava.processes`, for Lava users, after `compat.patch_lava`.
"""

__all__ = ["run", "stream"]


def __getattr__(name: str) -> object:
    """`run` and `stream`, on first use: Lava's worker imports this package, but not them."""
    if name in __all__:
        from neurograph_lava import runner

        return getattr(runner, name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
