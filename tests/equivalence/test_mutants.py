"""Each line of the integer semantics matters: change one, and a corner network notices.

A mutant is the plain reference with one piece of text replaced, in `reference/plain.py` or in
`fixedpoint.py`. The witness is the fast reference, which shares no code with either. Mutants of the
fast reference's own constants have the unchanged one as witness, which equals the plain one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from neurograph.core import fixedpoint
from neurograph.runtime.engine import arithmetic, simulate
from neurograph.runtime.reference import plain, run
from neurograph.testing import corner_networks
from neurograph.verify import compare

IN_PLAIN = {
    "fires at equality": ("fired = v > state.theta", "fired = v >= state.theta"),
    "no ds_offset": ("neuron.current_decay - 1", "neuron.current_decay"),
    "an offset for v, too": ("neuron.voltage_decay\n", "neuron.voltage_decay - 1\n"),
    "u is not wrapped": ("u = fx.wrap_once(", "u = (lambda x: x)("),
    "u saturates": ("u = fx.wrap_once(", "u = fx.saturate("),
    "v is not clipped": ("v = fx.saturate(", "v = (lambda x: x)("),
    "v wraps": ("v = fx.saturate(", "v = fx.wrap_once("),
    "no guard bits in sums": ("(a << neuron.guard_bits)", "a"),
    "seven guard bits": ("a << neuron.guard_bits", "a << neuron.guard_bits + 1"),
    "six guard bits in every sum": ("a << neuron.guard_bits", "a << fx.GUARD_BITS"),
    "six guard bits in every threshold": (
        "[population.theta for",
        "[population.theta >> population.neuron.guard_bits << fx.GUARD_BITS for",
    ),
    "soft reset by six guard bits": (
        "v - state.theta if",
        "v - (state.theta >> neuron.guard_bits << fx.GUARD_BITS) if",
    ),
    "no guard bits in thresholds": (
        "[population.theta for",
        "[population.theta >> fx.GUARD_BITS for",
    ),
    "bias into u": (
        "(a << neuron.guard_bits))\n",
        "(a << neuron.guard_bits) + population.bias)\n",
    ),
    "no bias": ("+ u + population.bias", "+ u"),
    "bias without exponent": ("population.bias)", "population.bias_mant)"),
    "v without u": ("+ u + population.bias", "+ population.bias"),
    "u without memory": ("fx.decay_to_zero(state.u, keep_u) +", "0 +"),
    "v without memory": ("fx.decay_to_zero(state.v, keep_v) +", "0 +"),
    "theta does not decay": (
        "theta = fx.decay_threshold(state.theta, neuron.threshold_decay)",
        "theta = state.theta",
    ),
    "theta does not jump": ("np.where(fired, population.theta_step, 0)", "0"),
    "theta jumps for the silent": (
        "np.where(fired, population.theta_step, 0)",
        "np.where(fired, 0, population.theta_step)",
    ),
    "theta steps before the compare": (
        "fired = v > state.theta",
        "fired = v > (fx.decay_threshold(state.theta, neuron.threshold_decay)"
        " if 'theta' in neuron.states else state.theta)",
    ),
    "a jump decays at once": (
        "theta + np.where(fired, population.theta_step, 0)",
        "fx.decay_threshold(state.theta + np.where(fired, population.theta_step, 0),"
        " neuron.threshold_decay)",
    ),
    "adaptive resets softly": (
        "if neuron.soft_reset else 0, v)",
        "if neuron.soft_reset or 'theta' in neuron.states else 0, v)",
    ),
    "adaptive does not reset": (
        "if neuron.soft_reset else 0, v)",
        "if neuron.soft_reset else v if 'theta' in neuron.states else 0, v)",
    ),
    "soft reset is hard": ("v - state.theta if", "0 if"),
    "soft reset without guard bits": (
        "v - state.theta if",
        "v - (state.theta >> fx.GUARD_BITS) if",
    ),
    "one threshold for all channels": (
        "[population.theta for",
        "[population.theta * 0 + population.theta[0] for",
    ),
    "thresholds lie along the rows": (
        "theta = np.array([population.theta for _ in range(population.rows)])",
        "theta = np.repeat(population.theta, population.rows).reshape(shape)",
    ),
    "one step for all channels": (
        "np.where(fired, population.theta_step, 0)",
        "np.where(fired, population.theta_step[-1], 0)",
    ),
    "steps lie along the rows": (
        "np.where(fired, population.theta_step, 0)",
        "np.where(fired, np.repeat(population.theta_step, population.rows).reshape(v.shape), 0)",
    ),
    "soft reset by one channel's threshold": ("v - state.theta if", "v - state.theta[:, :1] if"),
    "soft reset by another channel's threshold": (
        "v - state.theta if",
        "v - state.theta[:, ::-1] if",
    ),
    "hard reset is soft": (
        "if neuron.soft_reset else 0, v)",
        "if neuron.soft_reset or not neuron.has_program else 0, v)",
    ),
    "u is reset, too": (
        "state.u, state.v = u, v",
        "state.u, state.v = np.where(fired, 0, u), v",
    ),
    "one shift for all projections": (
        "return fx.shift_sum(total, projection.exponent)",
        "return fx.shift_sum(mixed, projection.exponent) @ projection.weight.astype(np.int64).T",
    ),
    "mix without counts": (
        "projection.mix.toarray().astype(np.int64)",
        "(projection.mix.toarray() > 0).astype(np.int64)",
    ),
    "graded spikes count as one": ("emitted.astype(np.int64)", "(emitted != 0).astype(np.int64)"),
    "payloads are not held": (
        "np.repeat(x, network.latency, axis=0)",
        "np.insert(np.repeat(x * 0, network.latency - 1, axis=0),"
        " np.arange(len(x)) * (network.latency - 1), x, axis=0)",
    ),
    "delays are ignored": (
        "sent = hardware_step - 1 - j.delay - start[j.source]",
        "sent = min(hardware_step - 1 - start[j.source], network.updates - 1)",
    ),
    "projections take no step": (
        "sent = hardware_step - 1 - j.delay - start[j.source]",
        "sent = min(hardware_step - j.delay - start[j.source], network.updates - 1)",
    ),
    "all populations start at once": (
        "update = hardware_step - start[p.name]",
        "update = hardware_step - min(v for k, v in start.items() if v)",
    ),
    "a state outlives its updates": (
        "if 0 <= update < network.updates:  #",
        "if update >= network.updates:\n"
        "                _update(p, states[p.name], np.zeros((p.rows, p.channels), np.int64))\n"
        "            if 0 <= update < network.updates:  #",
    ),
}

IN_ENGINE = {
    f"{what} of {name}": (
        f"{name}=np.tile(population.{field}, population.rows)",
        f"{name}={wrong.format(f'population.{field}')}",
    )
    for name, field in (("bias", "bias"), ("theta", "theta"), ("step", "theta_step"))
    for what, wrong in (
        ("one channel's", "np.full({0}.size * population.rows, {0}[-1])"),
        ("wrong tiling", "np.repeat({0}, population.rows)"),
    )
} | {"six guard bits in every sum": ("soft, neuron.guard_bits)", "soft, fx.GUARD_BITS)")}

IN_FIXEDPOINT = {
    "a right shift truncates": ("total >> -exponent", "np.sign(total) * (abs(total) >> -exponent)"),
    "a right shift rounds": ("total >> -exponent", "(total + (1 << -exponent >> 1)) >> -exponent"),
    "exponents are ignored": ("total << exponent if", "total if"),
    "decays floor": ("np.sign(product) * (np.abs(product) >> 12)", "product >> 12"),
    "decays round": (
        "np.sign(product) * (np.abs(product) >> 12)",
        "np.sign(product) * ((np.abs(product) + 2048) >> 12)",
    ),
    "2**23 wraps": ("state > half, state - period", "state >= half, state - period"),
    "-2**23 stays": ("state <= -half", "state < -half"),
    "the wrap is one short": ("1 << bits\n", "(1 << bits) - 1\n"),
    "v clips to -2**23": ("np.clip(state, -top, top)", "np.clip(state, -top - 1, top)"),
    "v clips one bit low": ("top = (1 << (bits - 1)) - 1", "top = (1 << (bits - 2)) - 1"),
    "thresholds round": (
        "np.asarray(theta, np.int64) * (DECAY_ONE - decay) >> 12",
        "(np.asarray(theta, np.int64) * (DECAY_ONE - decay) + 2048) >> 12",
    ),
}


@pytest.fixture(scope="module")
def witness():
    return {name: (case, run(*case)) for name, case in corner_networks().items()}


def load(module: ModuleType, old: str = "", new: str = "") -> ModuleType:
    """`module` with `old` replaced by `new`, as a module of its own."""
    source = Path(module.__file__).read_text()
    if old:
        assert source.count(old) == 1, f"{source.count(old)} times in {module.__name__}: {old!r}"
    mutant = ModuleType(module.__name__ + "_mutant")
    mutant.__file__ = module.__file__
    sys.modules[mutant.__name__] = mutant  # dataclasses look their module up
    try:
        exec(
            compile(source.replace(old, new) if old else source, mutant.__name__, "exec"),
            mutant.__dict__,
        )
    finally:
        del sys.modules[mutant.__name__]
    return mutant


def killers(mutant: ModuleType, witness) -> list[str]:
    return [
        name
        for name, (case, golden) in witness.items()
        if not compare(mutant.run_plain(*case), golden).identical
    ]


def test_the_unchanged_reference_survives(witness):
    assert killers(load(plain), witness) == []


@pytest.mark.parametrize("name", IN_PLAIN)
def test_corners_kill_a_mutant_of_the_plain_reference(name, witness):
    assert killers(load(plain, *IN_PLAIN[name]), witness)


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
    assert killers(load(plain, *IN_PLAIN[name]), own)


@pytest.mark.parametrize("name", IN_ENGINE)
def test_corners_kill_a_mutant_of_the_fast_reference(name, witness):
    """Its integer half alone: the text is that of `_integer_neurons`."""
    mutant = load(arithmetic, *IN_ENGINE[name])

    def differs(case, golden):
        integers = mutant.IntegerArithmetic(case.network)
        record = simulate(*case, integers, target="mutant", sha256=golden.network_sha256)
        return not compare(record, golden).identical

    assert any(differs(case, golden) for case, golden in witness.values())


@pytest.mark.parametrize("name", IN_FIXEDPOINT)
def test_corners_kill_a_mutant_of_the_arithmetic(name, witness):
    mutant = load(plain)
    mutant.fx = load(fixedpoint, *IN_FIXEDPOINT[name])
    assert killers(mutant, witness)
