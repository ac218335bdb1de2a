"""What every file of mutants shows of its changes: they outlive a rename."""

from __future__ import annotations

import ast
from pathlib import Path

from neurograph.testing import Mutation, renamed
from neurograph.testing.mutation import syntax


def assert_outlives_a_rename(mutation: Mutation, source: str | Path | None) -> None:
    """Of every variable, parameter, attribute, constant and private name of the module."""
    assert source is not None
    tree = syntax(source)
    under_other_names = renamed(mutation.apply(tree), tree)
    assert ast.dump(mutation.apply(renamed(tree))) == ast.dump(under_other_names), str(mutation)
