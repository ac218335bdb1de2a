r"""Mutants of a module: one change of its syntax, whose place is told by form and not by names.

A test suite is worth what it notices: change one line of the arithmetic, and some network must
run differently. Such a change outlives any rename of variables, attributes, constants and private
functions, for nothing of the source's text is in it:

>>> tree = ast.parse("def level(self):\n    return self.vth << self.guard_bits")
>>> print(ast.unparse(Mutation("v << g", "v").apply(tree)))
def level(self):
    return self.vth
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.abc import InspectLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, cast

from neurograph.testing.patterns import Bindings, fill, text, unify

Piece = ast.expr | list[ast.stmt]


class MutationError(Exception):
    """A change without a place, with several, or that changes nothing."""


@dataclass(frozen=True)
class Mutation:
    """One change of one place.

    Attributes:
        pattern: what is there, an expression or statements; see `neurograph.testing.patterns`.
        by: what is put there; its placeholders stand for what they stood for in `pattern` and
            `given`.
        within: the public class or function, ``Class.method``, or ``case Class`` in which the
            place is; "": anywhere.
        given: patterns that are found elsewhere in the module with the same placeholders.
    """

    pattern: str
    by: str
    within: str = ""
    given: tuple[str, ...] = ()

    def apply(self, tree: ast.Module) -> ast.Module:
        """A changed copy of a module's syntax.

        Raises:
            MutationError: the place is not there exactly once, or the change is none.
        """
        changed = deepcopy(tree)
        pattern, by = _pieces(self.pattern, self.by)
        place, bound = self._only(changed, pattern)
        try:
            place.put(_filled(by, bound))
        except LookupError as error:
            raise MutationError(f"{self}: {error.args[0]}; bind it in the pattern") from error
        if text(changed) == text(tree):
            raise MutationError(f"{self}: changes nothing; put something else there")
        return ast.fix_missing_locations(changed)

    def __str__(self) -> str:
        where = f" within {self.within!r}" if self.within else ""
        given = "".join(f", given {each!r}" for each in self.given)
        return f"{self.pattern!r} -> {self.by!r}{where}{given}"

    def _only(self, tree: ast.Module, pattern: Piece) -> tuple[_Place, Bindings]:
        """The one place, and the one meaning of all placeholders."""
        found: dict[str, tuple[_Place, Bindings]] = {}
        for place, bound in _find(pattern, _scopes(tree, self.within), {}):
            for meaning in _meanings(self.given, tree, bound):
                found[f"{place} {_readable(meaning)}"] = place, meaning
        if len(found) != 1:
            raise MutationError(f"{self}: found {len(found)} times, needed once; say more of it")
        return next(iter(found.values()))


def delete(statements: str, within: str = "", given: tuple[str, ...] = ()) -> Mutation:
    """Statements that are left out."""
    return Mutation(statements, "pass", within, given)


@cache
def syntax(path: str) -> ast.Module:
    """The syntax of a source file; not to be changed."""
    return ast.parse(Path(path).read_text("utf-8"))


def compiled(module: ModuleType, mutation: Mutation | None = None) -> CodeType:
    """A module's code after one change, or as it is.

    Raises:
        MutationError: the change has no place in the module.
    """
    path = str(module.__file__)
    return _unchanged(path) if mutation is None else _compile(mutation.apply(syntax(path)), path)


def loaded(module: ModuleType, mutation: Mutation | None = None) -> ModuleType:
    """`module` with one change, or none, as a module of its own; raises as `compiled`."""
    mutant = ModuleType(module.__name__ + "_mutant")
    mutant.__file__ = module.__file__
    sys.modules[mutant.__name__] = mutant  # dataclasses look their module up
    try:
        _Ready(compiled(module, mutation)).exec_module(mutant)
    finally:
        del sys.modules[mutant.__name__]
    return mutant


@cache
def _unchanged(path: str) -> CodeType:
    return _compile(syntax(path), path)


def _compile(tree: ast.Module, path: str) -> CodeType:
    code: CodeType = InspectLoader.source_to_code(cast(str, tree), path)  # takes a tree, too
    return code


class _Ready(InspectLoader):
    """Loads a module whose code is there already."""

    def __init__(self, code: CodeType) -> None:
        self.code = code

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        return self.code

    def get_source(self, fullname: str) -> None:  # noqa: ARG002
        return None


# --- places --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Place:
    """A field of a node; of a list, an element or a run of them."""

    owner: ast.AST
    field: str
    part: int | slice | None

    def get(self) -> Any:
        value = getattr(self.owner, self.field)
        return value if self.part is None else value[self.part]

    def put(self, new: Any) -> None:
        if self.part is None:
            setattr(self.owner, self.field, new)
        else:
            getattr(self.owner, self.field)[self.part] = new

    def __str__(self) -> str:
        return f"{id(self.owner)} {self.field} {self.part}"


def _places(pattern: Piece, owner: ast.AST) -> Iterator[_Place]:
    return _expressions(owner) if isinstance(pattern, ast.expr) else _runs(owner, len(pattern))


def _expressions(owner: ast.AST) -> Iterator[_Place]:
    for field, value in ast.iter_fields(owner):
        if isinstance(value, ast.expr):
            yield _Place(owner, field, None)
        elif isinstance(value, list):
            each = enumerate(value)
            yield from (_Place(owner, field, n) for n, x in each if isinstance(x, ast.expr))


def _runs(owner: ast.AST, size: int) -> Iterator[_Place]:
    """So many statements after one another."""
    for field, value in ast.iter_fields(owner):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            starts = range(len(value) - size + 1)
            yield from (_Place(owner, field, slice(n, n + size)) for n in starts)


def _find(
    pattern: Piece, scopes: Sequence[ast.AST], bound: Bindings
) -> Iterator[tuple[_Place, Bindings]]:
    for scope in scopes:
        for owner in ast.walk(scope):
            for place in _places(pattern, owner):
                now = unify(pattern, place.get(), bound)
                if now is not None:
                    yield place, now


def _meanings(given: Sequence[str], tree: ast.Module, bound: Bindings) -> Iterator[Bindings]:
    """What placeholders stand for if all of `given` are in the module, too."""
    if not given:
        yield bound
        return
    for _, now in _find(_piece(given[0]), [tree], bound):
        yield from _meanings(given[1:], tree, now)


def _readable(bound: Bindings) -> str:
    known = sorted((name, value) for name, value in bound.items() if not name.startswith("..."))
    return str([(n, v if isinstance(v, str) else text(v)) for n, v in known])


def _scopes(tree: ast.Module, within: str) -> list[ast.AST]:
    if not within:
        return [tree]
    if within.startswith("case "):
        return [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.match_case)
            and isinstance(node.pattern, ast.MatchClass)
            and ast.unparse(node.pattern.cls) == within.removeprefix("case ")
        ]
    scopes: list[ast.AST] = [tree]
    for name in within.split("."):
        inner = (node for scope in scopes for node in getattr(scope, "body", ()))
        scopes = [node for node in inner if getattr(node, "name", None) == name]
    return scopes


def _piece(source: str) -> Piece:
    body = ast.parse(source).body
    single = len(body) == 1 and isinstance(body[0], ast.Expr)
    return body[0].value if single and isinstance(body[0], ast.Expr) else body


def _pieces(pattern: str, by: str) -> tuple[Piece, Piece]:
    """Both expressions, or both statements."""
    pieces = _piece(pattern), _piece(by)
    if all(isinstance(piece, ast.expr) for piece in pieces):
        return pieces
    return ast.parse(pattern).body, ast.parse(by).body


def _filled(by: Piece, bound: Bindings) -> Piece:
    if isinstance(by, ast.expr):
        filled: ast.expr = fill(by, bound)
        return filled
    module: ast.Module = fill(ast.Module(body=by, type_ignores=[]), bound)
    return module.body
