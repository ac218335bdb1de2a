"""What every file of mutants shows of its changes: they outlive a rename."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from neurograph.testing import Mutation, renamed
from neurograph.testing.mutation import syntax


def assert_outlives_a_rename(mutation: Mutation, source: str | Path | None) -> None:
    """Of every variable, parameter, attribute, constant and private name of the module."""
    assert source is not None
    tree = syntax(str(source))
    under_other_names = renamed(mutation.apply(tree), tree)
    found = mutation.apply(_renamed(str(source)))
    assert ast.dump(found) == ast.dump(under_other_names), str(mutation)


@cache
def _renamed(source: str) -> ast.Module:
    return renamed(syntax(source))
