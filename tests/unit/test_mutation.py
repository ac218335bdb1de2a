"""Changes of a module's syntax: found by form, exactly once, or refused."""

from __future__ import annotations

import ast
from collections import Counter
from textwrap import dedent

import pytest

from neurograph.testing import Mutation, MutationError, delete, renamed

SOURCE = dedent("""
    import numpy as np
    from elsewhere import Wide, scaled

    HALF = 1 << 23

    class Neuron:
        def fire(self, arrived, /, *, gain=1):
            self.u += arrived * gain
            fired = self.u > self.theta
            self.reset(fired)
            return scaled(fired, by=gain)

        def reset(self, fired):
            self.u = np.where(fired, 0, self.u)

    class Soft(Neuron):
        def reset(self, fired):
            match self.kind:
                case Wide(width=width):
                    self.u -= HALF * width
                case _:
                    self.u = np.where(fired, self.u - self.theta, self.u)
            return _told(self, fired=fired)

    def _told(neuron, fired):
        return Wide(neuron, fired=fired, also=neuron.u > HALF)
""")
TREE = ast.parse(SOURCE)


def added(mutation: Mutation) -> list[str]:
    """Lines that the mutant has more often than the module."""
    lines = (ast.unparse(tree).splitlines() for tree in (mutation.apply(TREE), TREE))
    after, before = (Counter(line.strip() for line in each) for each in lines)
    return list(after - before)


@pytest.mark.parametrize(
    ("mutation", "line"),
    [
        (Mutation("f = v > t", "f = v >= t"), "fired = self.u >= self.theta"),
        (Mutation("v > t", "v >= t", within="Neuron.fire"), "fired = self.u >= self.theta"),
        (Mutation("v - t", "v + t"), "self.u = np.where(fired, self.u + self.theta, self.u)"),
        (Mutation("np.where(f, 0, v)", "v"), "self.u = self.u"),
        (Mutation("h * w", "h", within="case Wide"), "self.u -= HALF"),
        (Mutation("1 << 23", "1 << 22"), "HALF = 1 << 22"),
        (Mutation("Wide(..., also=A)", "Wide(...)"), "return Wide(neuron, fired=fired)"),
        (Mutation("t(s, _k=f)", "t(s, _k=~f)", within="Soft"), "return _told(self, fired=~fired)"),
        (delete("v += A"), "pass"),
        (
            Mutation("np.where(f, 0, v)", "np.where(f, v - t, v)", given=("f = v > t",)),
            "self.u = np.where(fired, self.u - self.theta, self.u)",
        ),
    ],
    ids=str,
)
def test_one_place_changes(mutation: Mutation, line: str) -> None:
    assert added(mutation) == [line]


@pytest.mark.parametrize(
    ("mutation", "told"),
    [
        (Mutation("v ** t", "v"), "'v ** t' -> 'v': found 0 times, needed once; say more of it"),
        (Mutation("h << b", "h"), "found 0 times"),  # a name is no constant
        (Mutation("v > t", "v"), "found 2 times, needed once"),
        (Mutation("v - t", "v", within="Nobody"), "within 'Nobody': found 0 times"),
        (Mutation("v - t", "v", given=("v ** t",)), "given 'v ** t': found 0 times"),
        (Mutation("v - t", "v - t"), "changes nothing; put something else there"),
        (Mutation("v - t", "v - w"), "'w' stands for nothing that was found; bind it"),
    ],
    ids=str,
)
def test_what_is_no_change_of_one_place_is_refused(mutation: Mutation, told: str) -> None:
    with pytest.raises(MutationError) as error:
        mutation.apply(TREE)
    assert told in str(error.value)


def test_a_module_is_not_changed_by_its_mutants() -> None:
    Mutation("v - t", "v").apply(TREE)
    assert ast.dump(TREE) == ast.dump(ast.parse(SOURCE))


def test_other_names_are_other_names_everywhere() -> None:
    text = ast.unparse(renamed(TREE))
    assert "HALF_renamed = 1 << 23" in text
    assert "fired_renamed = self_renamed.u_renamed > self_renamed.theta_renamed" in text
    assert "from elsewhere import Wide, scaled as scaled_renamed" in text
    assert "scaled_renamed(fired_renamed, by=gain_renamed)" in text
    assert "_told_renamed(self_renamed, fired_renamed=fired_renamed)" in text
    assert "np.where(fired_renamed, 0, " in text
    assert "case Wide(width=width_renamed):" in text
    assert "class Soft(Neuron):" in text
    assert "def reset_renamed(self_renamed, fired_renamed):" in text
