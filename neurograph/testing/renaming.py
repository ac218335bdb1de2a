"""A module under other names: what a change of its syntax must not depend on."""

from __future__ import annotations

import ast
import builtins
from collections import deque
from copy import deepcopy

import numpy as np
import scipy.sparse as sp

_BUILTIN = frozenset(("np", *dir(builtins)))
_FOREIGN = frozenset(
    name
    for kind in (np.ndarray, deque, dict, list, str, tuple, set, sp.csr_array)
    for name in dir(kind)
)


def renamed(tree: ast.Module, original: ast.Module | None = None) -> ast.Module:
    """A copy in which variables, parameters, private names, constants and attributes differ.

    Public classes and functions, builtins, what an imported module holds, and the attributes of
    arrays and containers keep their names; so do keywords of calls, but for those of classes and
    functions that are renamed themselves.

    Args:
        tree: a module, or a mutant of one.
        original: the module, of which a mutant was made; names that it lacks are kept.
    """
    changed: ast.Module = _Rename(original or tree).visit(deepcopy(tree))
    return changed


def _names(tree: ast.Module) -> frozenset[str]:
    fields = ("id", "arg", "attr", "name", "asname")
    found = (getattr(node, field, None) for node in ast.walk(tree) for field in fields)
    return frozenset(name for name in found if isinstance(name, str))


def _public(tree: ast.Module) -> frozenset[str]:
    kinds = ast.FunctionDef | ast.ClassDef
    names = {node.name for node in tree.body if isinstance(node, kinds)}
    return frozenset(name for name in names if not name.startswith("_"))


def _imported(tree: ast.Module) -> frozenset[str]:
    modules = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return frozenset(each.asname or each.name for node in modules for each in node.names)


class _Rename(ast.NodeTransformer):
    def __init__(self, module: ast.Module) -> None:
        self._imported = _imported(module)
        classes = (name for name in self._imported if name[0].isupper())
        self._renamed = _names(module) - _BUILTIN - _public(module) - frozenset(classes)

    def _other(self, name: str) -> str:
        return f"{name}_renamed" if name in self._renamed and name[:2] != "__" else name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._other(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._other(node.arg)
        self.generic_visit(node)
        return node

    def visit_alias(self, node: ast.alias) -> ast.alias:
        name = node.asname or node.name
        if self._other(name) != name:
            node.asname = self._other(name)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        if not self._is_imported(node.value) and node.attr not in _FOREIGN:
            node.attr = self._other(node.attr)
        self.generic_visit(node)
        return node

    def _is_imported(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._imported

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self._other(node.name)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.name = self._other(node.name)
        self.generic_visit(node)
        return node

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.MatchAs:
        node.name = None if node.name is None else self._other(node.name)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        if isinstance(node.func, ast.Name) and self._other(node.func.id) != node.func.id:
            own = node.func.id not in self._imported
            for keyword in node.keywords if own else ():
                keyword.arg = None if keyword.arg is None else self._other(keyword.arg)
        self.generic_visit(node)
        return node
