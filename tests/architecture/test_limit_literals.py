"""Limits and energies of a chip live in hw_profiles/*.toml; a copy in Python fails here."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Iterator
from pathlib import Path

import pytest

from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.chip.profiles import EVENTS, LIMITS, known_profiles, load_profile

ROOT = Path(__file__).resolve().parents[2]
PROFILES = [load_profile(name) for name in known_profiles()]

# Numbers of a profile that code may hold, by file or folder: the width of the integer arithmetic
# that the reference defines and every target must agree with, not the size of a chip.
ALLOWED = {
    "neurograph/core/fixedpoint.py": {4095: "12-bit fields", 4096: "decays are 12-bit fractions"},
    "neurograph/testing/": {4095: "corner of the decay fields", 4096: "one past it"},
}
# Also everyday sizes of batches and buffers: refused only where a name says that a chip is meant.
EVERYDAY = {768, 1000, 1024, 1152, 8192, 1 << 14, 1 << 20}
SMALLEST_TELLING = 1000  # below, a number alone does not say that it is a limit (8, 24, 128, ...)
CHIP_WORDS = {"core", "cores", "chip", "chips", "axon", "axons", "tile", "tiles"}
SIZE_WORDS = {"neuron", "neurons", "synapse", "synapses", "payload", "delay"}
NAMES = {*LIMITS, *EVENTS, "message_in", "barrier", "power_per_chip"}
NAMES -= {"weight_bits"}  # also a setting: how many of the chip's bits to use, up to its limit

Found = tuple[int, str]  # line, what is wrong


def limit_values(profiles: list[HardwareProfile]) -> set[float]:
    return {v for p in profiles for c in p.limits.values() for v in numbers(c)}


def event_values(profiles: list[HardwareProfile]) -> set[float]:
    """Joules, seconds and watts, and the same in pico- and nano-units where that is telling."""
    tables = [
        table
        for p in profiles
        for table in (*p.energy.values(), *p.time.values(), p.static, p.host, p.reference)
    ]
    plain = {v for table in tables for c in table.values() for v in numbers(c)}
    small = {v for v in plain if 0 < v < 1e-6}
    scaled = {round(v * unit, 6) for v in small for unit in (1e9, 1e12)}
    return small | {v for v in scaled if 20 < v < 1000 and v != int(v)} | {0.104375, 3.34}


def numbers(constant: Constant) -> Iterator[float]:
    yield from (v for v in (constant.value, constant.low, constant.high) if v is not None)


LIMIT_VALUES, EVENT_VALUES = limit_values(PROFILES), event_values(PROFILES)


def folded(node: ast.AST | None) -> float | None:
    """The number that a literal, or arithmetic on literals, stands for."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if not isinstance(node, ast.BinOp):
        return None
    left, right = folded(node.left), folded(node.right)
    does = {ast.Mult: operator.mul, ast.Add: operator.add, ast.Sub: operator.sub}
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.LShift) or (isinstance(node.op, ast.Pow) and left == 2):
        base = left if isinstance(node.op, ast.LShift) else 1.0
        return math.ldexp(base, int(right)) if 0 <= right < 64 else None
    return does[type(node.op)](left, right) if type(node.op) in does else None


def violations(source: str, allowed: set[float] | None = None) -> list[Found]:
    tree = ast.parse(source)
    found = [*values_alone(tree, allowed or set()), *bound_names(tree)]
    return sorted(set(found))


def values_alone(tree: ast.AST, allowed: set[float]) -> Iterator[Found]:
    for node in ast.walk(tree):
        value = folded(node)
        if value is None or value in allowed:
            continue
        if value >= SMALLEST_TELLING and value in LIMIT_VALUES - EVERYDAY:
            yield node.lineno, f"{value:g} is a limit of a chip"
        if any(math.isclose(value, known, rel_tol=1e-9) for known in EVENT_VALUES):
            yield node.lineno, f"{value:g} is an energy or time of a chip"


def bound_names(tree: ast.AST) -> Iterator[Found]:
    for node in ast.walk(tree):
        for name, value in bindings(node):
            number = folded(value)
            if number is None or number < 2:
                continue
            words = set(name.lower().split("_"))
            telling = words & CHIP_WORDS or (words & SIZE_WORDS and number >= 100)
            if name.lower() in NAMES or (telling and number in LIMIT_VALUES):
                yield value.lineno, f"'{name}' is bound to or compared with {number:g}"


def bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Pairs of a name and an expression that code assigns, passes, defaults or compares."""
    if isinstance(node, ast.Assign):
        yield from ((called(target), node.value) for target in node.targets)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        yield called(node.target), node.value
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        defaults = [*zip(positional[::-1], node.defaults[::-1], strict=False)]
        defaults += [
            (a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d is not None
        ]
        yield from ((argument.arg, default) for argument, default in defaults)
    elif isinstance(node, ast.Dict):
        yield from ((called(k), v) for k, v in zip(node.keys, node.values, strict=True) if k)
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        yield from ((called(a), b) for a in sides for b in sides if a is not b)


def called(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return name
        case ast.Call(args=[inner]):  # len(cores)
            return called(inner)
        case _:
            return ""


def allowed_in(path: str) -> set[float]:
    return {v for prefix, values in ALLOWED.items() if path.startswith(prefix) for v in values}


SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("neurograph", "converters")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", SOURCES)
def test_no_limit_or_energy_of_a_chip_is_written_in_python(path: str) -> None:
    found = violations((ROOT / path).read_text(encoding="utf-8"), allowed_in(path))
    assert not found, "\n".join(
        [f"{path} holds numbers that belong in hw_profiles/*.toml (see ALLOWED here):"]
        + [f"  line {line}: {what}" for line, what in found]
    )


def test_every_allowance_is_used() -> None:
    for prefix, values in ALLOWED.items():
        texts = [(ROOT / p).read_text("utf-8") for p in SOURCES if p.startswith(prefix)]
        held = {folded(node) for text in texts for node in ast.walk(ast.parse(text))}
        assert set(values) <= held, f"{prefix}: drop what it no longer holds"


@pytest.mark.parametrize(
    "bad",
    [
        "LIMIT = 4096",
        "if n > 1536000: pass",
        "room = 192 * 8 * 1024",
        "NEURONS = 1024",
        "if len(neurons) > 1024: pass",
        "cores_per_chip = 128",
        "def f(cores_per_chip: int = 128): pass",
        "def f(*, neurons_per_core=1 << 10): pass",
        "place(net, chips=32)",
        "x = {'synapse_bits_per_core': 131072 * 8}",
        "self.axons_out_per_core = 2**12",
        "if self.cores > 128: pass",
        "JOULES = 23.6e-12",
        "e = spikes * 35.5e-12",
        "pj = 72.8",
        "barrier = 465e-9",
        "watts = 0.104375",
        "payload_bits: int = 24",
    ],
)
def test_the_scan_finds(bad: str) -> None:
    assert violations(bad)


@pytest.mark.parametrize(
    "good",
    [
        "batch_size = 1024",
        "hidden = 128",
        "buffer = 1 << 20",
        "bins = 8192",
        "bits = 24",
        "tau = 0.7",
        "cores = 0",
        "cores = profile.limit('cores_per_chip')",
        "rate = 3.5",
        "neurons = 10",
        "tolerance = 1e-9",
    ],
)
def test_the_scan_leaves_alone(good: str) -> None:
    assert not violations(good)
