"""What a network means: integers to the bit, plain and fast, floats, and the events of a run."""

from neurograph.runtime.reference.events import count_events
from neurograph.runtime.reference.fast import go_on, run
from neurograph.runtime.reference.floating import run_float
from neurograph.runtime.reference.plain import run_plain

__all__ = ["count_events", "go_on", "run", "run_float", "run_plain"]
