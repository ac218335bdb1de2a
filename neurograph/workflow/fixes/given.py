"""What helps a network that came from elsewhere: another chip, for nothing of it can be changed."""

from __future__ import annotations

from dataclasses import replace

from neurograph.chip.fit import GivenNetwork
from neurograph.chip.profiles import known_profiles, load_profile
from neurograph.workflow.fixes.change import CHIP, Change
from neurograph.workflow.fixes.suggest import Fix, Fixes


def suggest_chips(given: GivenNetwork) -> Fixes:
    """The chips that come with NeuroGraph and hold the network."""
    others = (replace(given, profile=load_profile(name)) for name in known_profiles())
    return Fixes(fixes=tuple(_fix(one) for one in others if not one.violations()), unmet=())


def _fix(on_chip: GivenNetwork) -> Fix:
    name, placed = on_chip.profile.name, on_chip.placement()
    return Fix(
        changes=(Change(what="use another chip", option=f"--profile {name}", cost=CHIP),),
        cost=CHIP,
        removed=0.0,
        cores_per_replica=placed.cores_per_replica,
        replicas_per_chip=placed.replicas_per_chip,
        profile=name,
    )
