"""The least that makes a network fit a chip: changes, each applied, checked and placed.

Only what fits is suggested.
"""

from neurograph.workflow.fixes.candidate import Candidate
from neurograph.workflow.fixes.change import (
    CHIP,
    COSTS,
    EXPORT,
    PART,
    PLACE,
    RETRAIN,
    SMALLER,
    Change,
)
from neurograph.workflow.fixes.given import suggest_chips
from neurograph.workflow.fixes.suggest import SHOWN, Fix, Fixes, suggest

__all__ = [
    "CHIP",
    "COSTS",
    "EXPORT",
    "PART",
    "PLACE",
    "RETRAIN",
    "SHOWN",
    "SMALLER",
    "Candidate",
    "Change",
    "Fix",
    "Fixes",
    "suggest",
    "suggest_chips",
]
