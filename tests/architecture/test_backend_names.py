"""The core names no backend: they are found by entry point, and called by the name that they have.

Docstrings and comments may cite where a number's meaning comes from. `loihi2` and the like are
chips, whose limits are the core's business; `loihi-sim` is a backend.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from neurograph.runtime.backends import known_backends

PACKAGE = Path(__file__).resolve().parents[2] / "neurograph"
NAMES = re.compile(r"lava|loihi[-_ ]?sim|sana[-_ ]?fe", re.IGNORECASE)
CODE = sorted(PACKAGE.rglob("*.py"))
TEXTS = sorted(path for kind in ("j2", "json", "css") for path in PACKAGE.rglob(f"*.{kind}"))


def words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every identifier and of every text that is no docstring."""
    docstrings = {id(node.value) for node in ast.walk(tree) if _is_docstring(node)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for name in ("id", "attr", "name", "arg", "module", "asname"):
            if isinstance(word := getattr(node, name, None), str):
                yield line, word
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield line, str(node.value)


def _is_docstring(node: ast.AST) -> bool:
    """A text that is a statement: of a module, a class, a function, or of what stands before."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_code_names_a_backend(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [(line, word) for line, word in words(tree) if NAMES.search(word)] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_template_names_a_backend(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if NAMES.search(line)] == []


def test_no_file_is_named_after_one() -> None:
    assert [p for p in PACKAGE.rglob("*") if NAMES.search(str(p.relative_to(PACKAGE)))] == []


def test_the_names_are_those_of_the_backends_here() -> None:
    ours = [name for name in known_backends() if NAMES.fullmatch(name)]
    assert ours == ["loihi-sim", "sanafe"]


@pytest.mark.parametrize(
    "code",
    [
        "x = 'loihi-sim'",
        "import lava.proc",
        "from neurograph_lava import stream",
        "def f(lava_python): ...",
        "def lava_integer(): ...",
        "agreement.lava",
        "f(lava=1)",
        "print(f'{x} on Lava')",
    ],
)
def test_a_name_would_be_seen(code: str) -> None:
    assert [word for _, word in words(ast.parse(code)) if NAMES.search(word)]


def test_a_citation_is_none() -> None:
    code = '"""Source: lava-nc 0.10.0."""\n\ndef f():\n    """As Lava does."""\n    # as Lava\n'
    assert not [word for _, word in words(ast.parse(code)) if NAMES.search(word)]
