"""Each line of the integer semantics matters: change one, and a corner network notices.

A mutant is the plain reference with one change of its syntax, in `reference/plain.py` or in
`fixedpoint.py`. The witness is the fast reference, which shares no code with either. Mutants of the
fast reference's own constants have the unchanged one as witness, which equals the plain one.
"""

from __future__ import annotations

from types import ModuleType

import pytest

from neurograph.core import fixedpoint
from neurograph.runtime.engine import arithmetic, simulate
from neurograph.runtime.reference import plain, run
from neurograph.runtime.reference.record import recorded
from neurograph.testing import Mutation, corner_networks
from neurograph.testing.mutation import loaded
from neurograph.verify import compare
from tests.equivalence.renaming import assert_outlives_a_rename

JUMP = "np.where(f, d, 0)"  # what theta jumps by
RESET = "np.where(f, v - s if n._soft else 0, v)"
STATES = "{x: X for x in p._neuron._states}"
FIRES = "f = v > s"
ADDS_TO_U = "w(K + (a << g))"  # what is kept of u, and the sum that arrives
ADDS_TO_V = "K + u + b"
DECAYS_THETA = "t = k(s, d)"
THRESHOLDS = "[t for i in range(r)]"
SENT = "s = h - 1 - d - b[j]"
IS_AWAKE = "0 <= k < n"
IS_TIMED = "p._r is not None"
RESETS = f"{IS_TIMED} and p._r._a(k)"
REACHES = "s._v >= l + h"  # theta, and the refractory state
LIFTS = "h + 2 * l * f"
LIVES = "if 0 <= k < n:\n    ..."

IN_PLAIN = {
    "fires at equality": Mutation("v > s", "v >= s"),
    "no ds_offset": Mutation("o - d - 1", "o - d"),
    "an offset for v, too": Mutation("k = o - d", "k = o - d - 1"),
    "u is not wrapped": Mutation(ADDS_TO_U, "K + (a << g)"),
    "u saturates": Mutation(ADDS_TO_U, "c(K + (a << g))", given=("c(V + u + b)",)),
    "v is not clipped": Mutation("c(K + u + b)", ADDS_TO_V),
    "v wraps": Mutation("c(K + u + b)", "w(K + u + b)", given=("w(U + (a << g))",)),
    "no guard bits in sums": Mutation("a << g", "a"),
    "seven guard bits": Mutation("a << g", "a << g + 1"),
    "six guard bits in every sum": Mutation("a << g", "a << 6"),
    "six guard bits in every threshold": Mutation(
        "[p._t for i in range(r)]",
        "[p._t >> p._n._g << 6 for i in range(r)]",
        given=("n = q._n", "a << n._g"),
    ),
    "soft reset by six guard bits": Mutation(
        RESET, "np.where(f, v - (s >> g << 6) if n._soft else 0, v)", given=("a << g",)
    ),
    "no guard bits in thresholds": Mutation(THRESHOLDS, "[t >> 6 for i in range(r)]"),
    "bias into u": Mutation(ADDS_TO_U, "w(K + (a << g) + b)", given=("V + u + b",)),
    "no bias": Mutation(ADDS_TO_V, "K + u"),
    "bias without exponent": Mutation("m * 2 ** p._e", "m"),
    "a stream sets no bias": Mutation("m = m + x[q][s]", "m = m + 0"),
    "a stream's bias alone": Mutation("m = m + x[q][s]", "m = x[q][s]"),
    "a stream's bias is a snapshot late": Mutation("m + x[q][s]", "m + x[q][s - 1] * (s > 0)"),
    "a stream's bias stays": Mutation("m + x[q][s]", "m + x[q][0]"),
    "a stream's bias without exponent": Mutation(
        "m + x[q][s]", "m + (x[q][s] >> p._e)", given=("m * 2 ** p._e",)
    ),
    "no reset": Mutation(RESETS, "False"),
    "a reset one update late": Mutation(RESETS, f"{IS_TIMED} and p._r._a(k - 1)"),
    "a reset one update early": Mutation(RESETS, f"{IS_TIMED} and p._r._a(k + 1)"),
    "resets on the clock of the run": Mutation(
        RESETS, f"{IS_TIMED} and p._r._a(h)", given=("k = h - b[p._n]",)
    ),
    **{
        f"{what} outlive a reset": Mutation(
            "if R:\n    x[q] = i(p, N)",
            "if R:\n" + "\n".join(f"    x[q].{name} = i(p, N).{name}" for name in renewed),
            given=("s._u, s._v = y, z", "s._t = l + m._d * f", "s._r = h + 2 * l * f"),
        )
        for what, renewed in (
            ("currents", ("_v", "_t", "_r")),
            ("membranes", ("_u", "_t", "_r")),
            ("thresholds", ("_u", "_v", "_r")),
            ("refractory states", ("_u", "_v", "_t")),
        )
    },
    # neurons with a refractory state
    "what v reaches does not fire": Mutation(REACHES, "s._v > l + h"),
    "no refractory state": Mutation(REACHES, "s._v >= l"),
    "theta returns to 0": Mutation("r + d(s._t - r, K)", "d(s._t, K)"),
    "theta is compared before its decay": Mutation(
        REACHES, "s._v >= s._t + h", given=("l = r + d(s._t - r, K)",)
    ),
    "the refractory state is compared before its decay": Mutation(
        REACHES, "s._v >= l + s._h", given=("h = d(s._h, K)",)
    ),
    "a spike lifts the refractory state by one theta": Mutation(LIFTS, "h + l * f"),
    "a spike lifts the refractory state by two rests": Mutation(
        LIFTS, "h + 2 * r * f", given=("l = r + d(s._t - r, K)",)
    ),
    "a spike lifts the refractory state by the next theta": Mutation(
        LIFTS, "h + 2 * (l + p._s) * f", given=("l + p._s * f",)
    ),
    "a spike sets the refractory state": Mutation(LIFTS, "np.where(f, 2 * l, h)"),
    "a spike does not lift theta": Mutation("l + p._s * f", "l"),
    "a refractory neuron is reset": Mutation(
        "f: A = s._v >= E\ns._r = H", "f = s._v >= E\ns._r = H\ns._v = np.where(f, 0, s._v)"
    ),
    "v without u": Mutation(ADDS_TO_V, "K + b"),
    "u without memory": Mutation(ADDS_TO_U, "w(0 + (a << g))"),
    "v without memory": Mutation(ADDS_TO_V, "0 + u + b"),
    "theta does not decay": Mutation(DECAYS_THETA, "t = s", given=("v > s",)),
    "theta does not jump": Mutation(JUMP, "0"),
    "theta jumps for the silent": Mutation(JUMP, "np.where(f, 0, d)"),
    "theta steps before the compare": Mutation(
        FIRES,
        "f = v > (k(s, n._d) if 'theta' in n._states else s)",
        given=("t = k(s, n._d)", STATES),
    ),
    "a jump decays at once": Mutation(
        "t + np.where(f, d, 0)", "k(s + np.where(f, d, 0), l)", given=("t = k(s, l)",)
    ),
    "adaptive resets softly": Mutation(
        RESET, "np.where(f, v - s if n._soft or 'theta' in n._states else 0, v)", given=(STATES,)
    ),
    "adaptive does not reset": Mutation(
        RESET,
        "np.where(f, v - s if n._soft else v if 'theta' in n._states else 0, v)",
        given=(STATES,),
    ),
    "soft reset is hard": Mutation("v - s if n._soft else 0", "0 if n._soft else 0"),
    "soft reset without guard bits": Mutation(
        "v - s if n._soft else 0", "v - (s >> 6) if n._soft else 0"
    ),
    "one threshold for all channels": Mutation(THRESHOLDS, "[t * 0 + t[0] for i in range(r)]"),
    "thresholds lie along the rows": Mutation(
        "np.array([t for i in range(r)])", "np.repeat(t, r).reshape(h)", given=("h = (r, c)",)
    ),
    "one step for all channels": Mutation(JUMP, "np.where(f, d[-1], 0)"),
    "steps lie along the rows": Mutation(
        "np.where(f, p._d, 0)",
        "np.where(f, np.repeat(p._d, v.shape[0]).reshape(v.shape), 0)",
        given=("f = v > s",),
    ),
    "soft reset by one channel's threshold": Mutation(
        "v - s if n._soft else 0", "v - s[:, :1] if n._soft else 0"
    ),
    "soft reset by another channel's threshold": Mutation(
        "v - s if n._soft else 0", "v - s[:, ::-1] if n._soft else 0"
    ),
    "hard reset is soft": Mutation(
        "v - s if n._soft else 0", "v - s if n._soft or not n.has_program else 0"
    ),
    "u is reset, too": Mutation("x, y = u, v", "x, y = np.where(f, 0, u), v", given=("f = v > s",)),
    "one shift for all projections": Mutation(
        "t = m @ W\nreturn s(t, e)", "t = m @ W\nreturn s(m, e) @ W"
    ),
    "mix without counts": Mutation("m.toarray().astype(T)", "(m.toarray() > 0).astype(T)"),
    "graded spikes count as one": Mutation("s = e.astype(T)", "s = (e != 0).astype(T)"),
    "payloads are not held": Mutation(
        "np.repeat(x, l, axis=0)",
        "np.insert(np.repeat(x * 0, l - 1, axis=0), np.arange(len(x)) * (l - 1), x, axis=0)",
    ),
    "delays are ignored": Mutation(SENT, "s = min(h - 1 - b[j], n - 1)", given=(IS_AWAKE,)),
    "projections take no step": Mutation(SENT, "s = min(h - d - b[j], n - 1)", given=(IS_AWAKE,)),
    "all populations start at once": Mutation(
        "k = h - b[p]", "k = h - min(filter(None, b.values()))"
    ),
    "a state outlives its updates": Mutation(
        LIVES,
        f"if k >= n:\n    u(p, x[q], np.zeros(S, T), f(p, y, 0))\n{LIVES}",
        given=("e[q][k] = u(p, x[q], a, b)", "a = np.zeros(S, T)", "b = f(p, y, U)"),
    ),
}

TILED = {"bias": "np.tile(b, r)", "theta": "np.tile(t, r)", "step": "np.tile(s, r)"}


def _in_neurons(values: dict[str, str]) -> str:
    """The constants of a population's neurons, made from its numbers per channel."""
    return f"c(..., {', '.join(f'_{name}={value}' for name, value in values.items())})"


IN_ENGINE = {
    f"{what} of {name}": Mutation(
        _in_neurons(TILED), _in_neurons({**TILED, name: wrong.format(name[0])})
    )
    for name in TILED
    for what, wrong in (
        ("one channel's", "np.full({0}.size * r, {0}[-1])"),
        ("wrong tiling", "np.repeat({0}, r)"),
    )
} | {
    "six guard bits in every sum": Mutation("(u, v, t, s, n._g, l)", "(u, v, t, s, 6, l)"),
    "a stream's bias without exponent": Mutation("b + (g << s[p])", "b + g"),
    "a stream's bias held for one update": Mutation(
        "(u, v, t, s, n._g, l)", "(u, v, t, s, n._g, 1)"
    ),
}

IN_FIXEDPOINT = {
    "a right shift truncates": Mutation(
        "t >> -e", "np.sign(t) * (abs(t) >> -e)", within="shift_sum"
    ),
    "a right shift rounds": Mutation("t >> -e", "(t + (1 << -e >> 1)) >> -e", within="shift_sum"),
    "exponents are ignored": Mutation("t << e", "t", within="shift_sum"),
    "decays floor": Mutation("np.sign(p) * (np.abs(p) >> 12)", "p >> 12", within="decay_to_zero"),
    "decays round": Mutation("np.abs(p) >> 12", "(np.abs(p) + 2048) >> 12", within="decay_to_zero"),
    "2**23 wraps": Mutation("np.where(s > h, L, E)", "np.where(s >= h, L, E)", within="wrap_once"),
    "-2**23 stays": Mutation("s <= -h", "s < -h", within="wrap_once"),
    "the wrap is one short": Mutation("1 << b", "(1 << b) - 1", within="wrap_once"),
    "v clips to -2**23": Mutation("np.clip(s, -t, t)", "np.clip(s, -t - 1, t)", within="saturate"),
    "v clips one bit low": Mutation("b - 1", "b - 2", within="saturate"),
    "thresholds round": Mutation("P >> 12", "(P + 2048) >> 12", within="decay_threshold"),
}


@pytest.fixture(scope="module")
def witness():
    return {name: (case, run(*case)) for name, case in corner_networks().items()}


def killer(mutant: ModuleType, witness) -> str:
    """The first case that notices; "" if none does."""
    for name, (case, golden) in witness.items():
        if not compare(mutant.run_plain(*case), golden).identical:
            return name
    return ""


def test_the_unchanged_reference_survives(witness):
    assert killer(loaded(plain), witness) == ""


@pytest.mark.parametrize("name", IN_PLAIN)
def test_corners_kill_a_mutant_of_the_plain_reference(name, witness):
    assert killer(loaded(plain, IN_PLAIN[name]), witness)


@pytest.mark.parametrize("bits", [0, 3])
@pytest.mark.parametrize("kind", ["soft reset", "adaptive"])
@pytest.mark.parametrize(
    "name",
    [
        *("fires at equality", "u is not wrapped", "u saturates", "v is not clipped", "v wraps"),
        *("u without memory", "v without memory", "no bias", "six guard bits in every sum"),
    ],
)
def test_fewer_guard_bits_have_corners_of_their_own(name, kind, bits, witness):
    own = {n: w for n, w in witness.items() if n.startswith(f"{kind}, {bits} guard bits")}
    assert killer(loaded(plain, IN_PLAIN[name]), own)


@pytest.mark.parametrize("name", IN_ENGINE)
def test_corners_kill_a_mutant_of_the_fast_reference(name, witness):
    """Its integer half alone: what is changed is that of the integer neurons."""
    mutant = loaded(arithmetic, IN_ENGINE[name])

    def differs(case, golden):
        integers = mutant.IntegerArithmetic(case.network)
        found = simulate(case.network, case.inputs, len(case.nodes), integers)
        record = recorded("mutant", case.network, case.nodes, found.spikes, found.final)
        return not compare(record, golden).identical

    assert any(differs(case, golden) for case, golden in witness.values())


@pytest.mark.parametrize("name", IN_FIXEDPOINT)
def test_corners_kill_a_mutant_of_the_arithmetic(name, witness):
    mutant = loaded(plain)
    mutant.fx = loaded(fixedpoint, IN_FIXEDPOINT[name])
    assert killer(mutant, witness)


@pytest.mark.parametrize(
    ("module", "mutations"),
    [(plain, IN_PLAIN), (arithmetic, IN_ENGINE), (fixedpoint, IN_FIXEDPOINT)],
    ids=["plain", "engine", "fixed point"],
)
def test_mutants_survive_a_rename(module, mutations):
    for mutation in mutations.values():
        assert_outlives_a_rename(mutation, module.__file__)
