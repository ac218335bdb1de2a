"""Entries of a docstring stand one per line, so that a tool can render them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.rooms import ROOT

SOURCES = sorted(p for d in ("neurograph", "converters") for p in (ROOT / d).rglob("*.py"))
NAMES = r"[a-z_0-9]+(?:, [a-z_0-9]+)*"
SECOND = re.compile(rf"^ *{NAMES}: .*?\. ({NAMES}): ", re.MULTILINE)
WORDS = {"default", "empty", "filled", "source"}  # that begin a remark on the same entry


def docstrings(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield text


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_an_entry_has_its_line(path: Path) -> None:
    second = [m[1] for text in docstrings(path) for m in SECOND.finditer(text)]
    assert [name for name in second if name not in WORDS] == []
