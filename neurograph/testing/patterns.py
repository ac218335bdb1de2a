"""Pieces of Python as patterns of syntax: what is there is told by its form, not by its names.

In a pattern

- a name in lower case stands for a variable or an attribute of one: ``v > theta`` is found in
  ``self.v > state.threshold``;
- a capital letter stands for any expression, and ``_`` for any that is not needed again;
- an attribute or a keyword that begins with ``_`` stands for any attribute or keyword;
- ``...`` among the arguments of a call stands for those that are not named, and as the last
  statement of a block for the rest of it;
- everything else is meant: constants, operators, builtins, ``np``, names of classes, other
  attributes (NumPy's: ``x.astype(D)``) and other keywords.

A name that occurs twice stands for the same both times.
"""

from __future__ import annotations

import ast
import builtins
import re
from copy import deepcopy
from typing import Any

Bindings = dict[str, Any]  # placeholder -> syntax tree, or the name of an attribute or a keyword
ARGUMENTS, STATEMENTS = "... of a call", "... of a block"
_IGNORED = ("ctx", "kind", "type_comment", "type_ignores", "type_params")
_CONTEXT = re.compile(r",? ?ctx=\w+\(\)")


def is_meant(name: str) -> bool:
    """Whether a name in a pattern is meant itself: a builtin, NumPy, a class."""
    return name == "np" or hasattr(builtins, name) or (name[0].isupper() and len(name) > 1)


def is_open(name: str | None) -> bool:
    """Whether an attribute or a keyword in a pattern stands for any."""
    return name is not None and name.startswith("_") and not name.startswith("__")


def text(node: ast.AST) -> str:
    """What tells two pieces of syntax apart; a variable read and a variable set are the same."""
    return _CONTEXT.sub("", ast.dump(node))


def unify(pattern: Any, found: Any, bound: Bindings) -> Bindings | None:
    """The placeholders of `pattern` if `found` has its form, those of `bound` among them."""
    match pattern:
        case ast.Name():
            return _match_name(pattern.id, found, bound)
        case ast.Attribute() if isinstance(found, ast.Attribute):
            with_name = _match_word(pattern.attr, found.attr, bound)
            return None if with_name is None else unify(pattern.value, found.value, with_name)
        case ast.Call() if isinstance(found, ast.Call):
            return _match_call(pattern, found, bound)
        case ast.AST():
            return _match_fields(pattern, found, bound) if type(pattern) is type(found) else None
        case list():
            return _match_list(pattern, found, bound) if isinstance(found, list) else None
    return bound if type(pattern) is type(found) and pattern == found else None


def fill(pattern: ast.AST, bound: Bindings) -> Any:
    """The pattern with what its placeholders stand for.

    Raises:
        LookupError: a placeholder that stands for nothing.
    """
    return _Fill(bound).visit(deepcopy(pattern))


def _match_name(name: str, found: Any, bound: Bindings) -> Bindings | None:
    if not isinstance(found, ast.expr):
        return None
    if is_meant(name):
        return bound if isinstance(found, ast.Name) and found.id == name else None
    if name == "_":
        return bound
    return _bind(name, found, bound) if name.isupper() or _is_variable(found) else None


def _is_variable(node: ast.AST) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _bind(name: str, found: ast.AST, bound: Bindings) -> Bindings | None:
    if name in bound:
        return bound if text(bound[name]) == text(found) else None
    return {**bound, name: found}


def _match_word(word: str | None, found: str | None, bound: Bindings) -> Bindings | None:
    """Names of attributes and of keywords."""
    if word is None or found is None or not is_open(word):
        return bound if word == found else None
    return {**bound, word: found} if bound.get(word, found) == found else None


def _match_fields(pattern: ast.AST, found: ast.AST, bound: Bindings) -> Bindings | None:
    now: Bindings | None = bound
    for field, value in ast.iter_fields(pattern):
        if field not in _IGNORED and now is not None:
            now = unify(value, getattr(found, field, None), now)
    return now


def _match_list(pattern: list[Any], found: list[Any], bound: Bindings) -> Bindings | None:
    if pattern and _is_rest(pattern[-1]):
        pattern = pattern[:-1]
        bound = {**bound, STATEMENTS: found[len(pattern) :]}
        found = found[: len(pattern)]
    if len(pattern) != len(found):
        return None
    now: Bindings | None = bound
    for one, other in zip(pattern, found, strict=True):
        now = None if now is None else unify(one, other, now)
    return now


def _is_rest(node: Any) -> bool:
    return isinstance(node, ast.Expr) and _is_ellipsis(node.value)


def _is_ellipsis(node: Any) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _match_call(pattern: ast.Call, found: ast.Call, bound: Bindings) -> Bindings | None:
    """Keywords in any order; open ones take those that no other names, in theirs."""
    now = unify(pattern.func, found.func, bound)
    named = {k.arg for k in pattern.keywords if not is_open(k.arg)}
    unnamed = [k for k in found.keywords if k.arg not in named]
    for keyword in pattern.keywords:
        same = [k for k in found.keywords if k.arg == keyword.arg]
        candidates = unnamed if is_open(keyword.arg) else same
        if now is None or not candidates:
            return None
        taken = candidates[0]
        now = _match_word(keyword.arg, taken.arg, now)
        now = None if now is None else unify(keyword.value, taken.value, now)
        unnamed = [k for k in unnamed if k is not taken]
    return None if now is None else _match_arguments(pattern.args, found.args, unnamed, now)


def _match_arguments(
    pattern: list[ast.expr], found: list[ast.expr], keywords: list[ast.keyword], bound: Bindings
) -> Bindings | None:
    if pattern and _is_ellipsis(pattern[-1]):
        count = len(pattern) - 1
        bound = {**bound, ARGUMENTS: (found[count:], keywords)}
        return _match_list(list(pattern[:count]), list(found[:count]), bound)
    return None if keywords else _match_list(list(pattern), list(found), bound)


class _Fill(ast.NodeTransformer):
    def __init__(self, bound: Bindings) -> None:
        self._bound = bound

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if is_meant(node.id):
            return node
        put: ast.expr = deepcopy(self._of(node.id))
        if hasattr(put, "ctx"):
            put.ctx = node.ctx
        return put

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        if is_open(node.attr):
            node.attr = self._of(node.attr)
        self.generic_visit(node)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        if is_open(node.arg):
            node.arg = self._of(str(node.arg))
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        rest = bool(node.args) and _is_ellipsis(node.args[-1])
        if rest:
            node.args.pop()
        self.generic_visit(node)
        if rest:
            args, keywords = deepcopy(self._of(ARGUMENTS))
            node.args += args
            node.keywords += keywords
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        if _is_rest(node):
            return deepcopy(self._of(STATEMENTS))
        self.generic_visit(node)
        return node

    def _of(self, name: str) -> Any:
        if name not in self._bound:
            raise LookupError(f"{name!r} stands for nothing that was found")
        return self._bound[name]
