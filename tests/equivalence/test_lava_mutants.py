"""Each line of the Lava process models matters: change one, and a corner network notices.

A mutant is one of our modules with one piece of text replaced; every corner runs on it in several
batches, without Lava's runtime. The witness is the fast reference, which shares no code with them.
"""

from __future__ import annotations

from queue import Empty
from types import ModuleType

import pytest

from neurograph.runtime.reference import run
from neurograph.testing import corner_networks
from neurograph.verify import compare

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]

WINDOWS, SCHEDULE = "neurograph_lava.windows", "neurograph_lava.schedule"
KRONECKER = "neurograph_lava.processes.kronecker.models"
NEURONS = "neurograph_lava.processes.lif.models"
WINDOWED = "neurograph_lava.processes.lif.windowed"
STOCK = "neurograph_lava.processes.lif.stock"
SOURCE = "neurograph_lava.processes.streams.source"
LOWER = "neurograph_lava.lower"
FAN = "neurograph_lava.processes.streams.fan"

HARD_RESET = "self.v *= ~fired"
GUARD = "u <<= self.guard_bits"
LEVEL = "return int(self.vth) << self.guard_bits"
SOFT_LEVEL = "return self.vth << self.guard_bits"
STOCK_GUARD = 'self.act_shift = self.vth_shift = proc_params["guard_bits"]'
WRAP = "u = np.where(u > HALF, u - PERIOD, np.where(u <= -HALF, u + PERIOD, u))"
JUMP = "self.theta += self.theta_step * fired.astype(np.int32)"
SOFT_RESET = "self.v -= self.level() * fired.astype(np.int32)"
STOCK_JUMP = "self.theta += self.theta_step * spike_vector"
STOCK_SOFT_RESET = "self.v -= self.effective_vth * spike_vector"
THETA_DECAYS = 'np.floor(self.theta * keep, out=self.theta, casting="unsafe")'

IN_LOWERING = {
    f"{what} {value}": (LOWER, f"_each({value}, rows)", wrong.format(value))
    for value in ("threshold", "adaptive.threshold", "adaptive.threshold_step")
    for what, wrong in (
        ("rows vary fastest in", "np.repeat({0}, rows) if isinstance({0}, tuple) else {0}"),
        ("the first channel's for all:", "int(np.ravel({0})[0])"),
        ("the last channel's for all:", "int(np.ravel({0})[-1])"),
    )
} | {
    "soft reset gets no guard bits": (LOWER, "guard_bits=guard_bits, **settings", "**settings"),
    "adaptive gets no guard bits": (LOWER, "guard_bits=adaptive.guard_bits,", ""),
}

FUSED = {
    # connections
    "a delay is one long": (KRONECKER, '["delay"] + 1)', '["delay"] + 2)'),
    "a delay is one short": (KRONECKER, '["delay"] + 1)', '["delay"] or 1)'),
    "delays are ignored": (KRONECKER, '(self.proc_params["delay"] + 1)', "1"),
    "mix without counts": (KRONECKER, "gathered = gathered * many.astype(mixed.dtype)", "pass"),
    "the first count of a row is lost": (
        KRONECKER,
        "np.copyto(mixed, gathered)",
        "np.copyto(mixed, spikes[copies, source[rows]])",
    ),
    "later counts of a row are lost": (
        KRONECKER,
        "mixed += gathered",
        "mixed += spikes[copies, source[rows]]",
    ),
    "later entries replace the first": (KRONECKER, "mixed += gathered", "mixed[:] = gathered"),
    "only the first entry makes a row alive": (
        KRONECKER,
        "alive |= sends",
        "alive |= alive & sends",
    ),
    "only the last entry makes a row alive": (KRONECKER, "alive |= sends", "alive = sends"),
    "short rows take a foreign entry": (
        KRONECKER,
        "np.where(there, mix.data[at], 0)",
        "mix.data[at]",
    ),
    "rows without input are left out": (
        KRONECKER,
        "sent[copies, self.reached[rows]]",
        "sent[copies, rows]",
    ),
    "every copy gets the first one's input": (
        KRONECKER,
        "gathered = spikes[copies, source[rows]]",
        "gathered = spikes[0 * copies, source[rows]]",
    ),
    "inhibition alone is no input": (
        KRONECKER,
        "np.bitwise_or.reduce(words, axis=2) != 0",
        "spikes.max(axis=2) > 0",
    ),
    "a right shift rounds": (
        KRONECKER,
        "exact >>= -shift",
        "exact = (exact + (1 << -shift >> 1)) >> -shift",
    ),
    "a right shift truncates": (
        KRONECKER,
        "exact >>= -shift",
        "exact = np.sign(exact) * (np.abs(exact) >> -shift)",
    ),
    "a left shift is one short": (KRONECKER, "exact <<= shift", "exact <<= shift - 1"),
    "float32 always": (KRONECKER, "np.float32 if bound < EXACT_FLOAT32 else", "np.float32 or"),
    "float32 holds 25 bits": (KRONECKER, "EXACT_FLOAT32 = 1 << 24", "EXACT_FLOAT32 = 1 << 25"),
    "the bound leaves out payloads": (
        KRONECKER,
        "bound = rows * self.largest *",
        "bound = rows *",
    ),
    "the bound leaves out rows": (
        KRONECKER,
        "bound = rows * self.largest *",
        "bound = self.largest *",
    ),
    "the bound takes one synapse": (KRONECKER, ".sum(1).max())", ".max())"),
    # membranes
    "fires at equality": (NEURONS, "self.v > self.level()", "self.v >= self.level()"),
    "no ds_offset": (NEURONS, "int(self.du) - 1)", "int(self.du))"),
    "an offset for v, too": (NEURONS, "int(self.dv))", "int(self.dv) - 1)"),
    "decays floor": (NEURONS, "np.trunc(state", "np.floor(state"),
    "decays round": (NEURONS, "np.trunc(state", "np.rint(state"),
    "decays in single precision": (
        NEURONS,
        "np.trunc(state * (keep / fx.DECAY_ONE))",
        "np.trunc((state * (keep / fx.DECAY_ONE)).astype(np.float32))",
    ),
    "no guard bits in sums": (NEURONS, GUARD, "pass"),
    "six guard bits in every sum": (NEURONS, GUARD, "u <<= fx.GUARD_BITS"),
    "no guard bits in thresholds": (NEURONS, LEVEL, LEVEL.replace(" << self.guard_bits", "")),
    "no guard bits in soft thresholds": (NEURONS, SOFT_LEVEL, "return self.vth"),
    "six guard bits in soft thresholds": (
        NEURONS,
        SOFT_LEVEL,
        SOFT_LEVEL.replace("self.guard_bits", "fx.GUARD_BITS"),
    ),
    "u is not wrapped": (NEURONS, WRAP, "pass"),
    "u saturates": (NEURONS, WRAP, "u = np.clip(u, -fx.STATE_MAX, fx.STATE_MAX)"),
    "2**23 wraps": (NEURONS, "np.where(u > HALF, u", "np.where(u >= HALF, u"),
    "-2**23 stays": (NEURONS, "np.where(u <= -HALF, u", "np.where(u < -HALF, u"),
    "-2**23 alone stays": (NEURONS, "u.min(initial=0) <= -HALF", "u.min(initial=0) < -HALF"),
    "only positive u wraps": (NEURONS, " or u.min(initial=0) <= -HALF", ""),
    "only negative u wraps": (NEURONS, "u.max(initial=0) > HALF or ", ""),
    "the wrap is one short": (NEURONS, "1 << fx.STATE_BITS\n", "(1 << fx.STATE_BITS) - 1\n"),
    "v is not clipped": (
        NEURONS,
        "np.clip(v, -fx.STATE_MAX, fx.STATE_MAX, out=self.v)",
        "self.v[:] = v",
    ),
    "v clips to -2**23": (NEURONS, "np.clip(v, -fx.STATE_MAX,", "np.clip(v, -fx.STATE_MAX - 1,"),
    "v clips one bit low": (NEURONS, ", fx.STATE_MAX, out", ", fx.STATE_MAX >> 1, out"),
    "no bias": (NEURONS, "v += self.bias", "pass"),
    "bias without exponent": (NEURONS, " << self.bias_exp.astype(np.int32)", ""),
    "bias into u": (NEURONS, GUARD, "u = self.bias + (u << self.guard_bits)"),
    "hard reset is soft": (NEURONS, HARD_RESET, "self.v -= self.level() * fired"),
    "no hard reset": (NEURONS, HARD_RESET, "pass"),
    "only the silent are reset": (NEURONS, HARD_RESET, "self.v *= fired"),
    "soft reset is hard": (NEURONS, SOFT_RESET, "self.v *= ~fired"),
    "soft reset without guard bits": (
        NEURONS,
        SOFT_RESET,
        SOFT_RESET.replace("self.level()", "self.vth"),
    ),
    "soft reset by six guard bits": (
        NEURONS,
        SOFT_RESET,
        SOFT_RESET.replace("self.level()", "(self.vth << fx.GUARD_BITS)"),
    ),
    "u is reset, too": (
        NEURONS,
        "self.reset(fired)\n",
        "self.reset(fired)\n        self.u[fired] = 0\n",
    ),
    # thresholds
    "theta does not decay": (NEURONS, THETA_DECAYS, "pass"),
    "theta rounds": (NEURONS, "np.floor(self.theta", "np.rint(self.theta"),
    "theta does not jump": (NEURONS, JUMP, "pass"),
    "theta jumps for the silent": (NEURONS, JUMP, JUMP.replace("fired", "(~fired)")),
    "a jump decays at once": (
        NEURONS,
        f"{THETA_DECAYS}\n        {JUMP}",
        f"{JUMP}\n        {THETA_DECAYS}",
    ),
    "adaptive does not reset": (NEURONS, "super().reset(fired)\n        keep", "keep"),
    # one number per channel
    "one threshold for all neurons": (NEURONS, SOFT_LEVEL, SOFT_LEVEL.replace("vth", "vth[:1]")),
    "soft reset by one threshold": (
        NEURONS,
        SOFT_RESET,
        SOFT_RESET.replace("self.level()", "self.level()[-1]"),
    ),
    "one step for all neurons": (NEURONS, JUMP, JUMP.replace("_step", "_step[-1]")),
    "theta starts as one for all": (
        WINDOWED,
        "getattr(self, name)[:] = self.initial[name]",
        "getattr(self, name)[:] = self.initial[name][-1]",
    ),
    **IN_LOWERING,
    # windows
    "theta is not renewed": (WINDOWED, '("u", "v", "theta")', '("u", "v")'),
    "v is not renewed": (WINDOWED, '("u", "v", "theta")', '("u", "theta")'),
    "u is not renewed": (WINDOWED, '("u", "v", "theta")', '("v", "theta")'),
    "initial states are no copies": (WINDOWED, "getattr(self, name).copy()", "getattr(self, name)"),
    "anew in every update": (WINDOWED, "if update == 0:", "if update >= 0:"),
    "anew one update late": (WINDOWED, "if update == 0:", "if update == 1:"),
    "the sleeping go on": (
        WINDOWED,
        "self.s_out.send(np.zeros(arrived.shape, np.int8))",
        "self.s_out.send(self.update(arrived))",
    ),
    "final states are the last but one": (WINDOWS, "== self.length - 1", "== self.length - 2"),
    "windows begin one step late": (
        WINDOWS,
        "since = time_step - self.first",
        "since = time_step - self.first - 1",
    ),
    "windows begin one step early": (
        WINDOWS,
        "since = time_step - self.first",
        "since = time_step - self.first + 1",
    ),
    "a window is one update short": (
        WINDOWS,
        "update >= self.length)",
        "update >= self.length - 1)",
    ),
    "windows come one step late": (
        WINDOWS,
        "divmod(since, self.period)",
        "divmod(since, self.period + 1)",
    ),
    "there is one window": (WINDOWS, "divmod(since, self.period) if self.period else ", ""),
    "late spikes reach the next window": (SCHEDULE, "self.updates + self.gap", "self.updates"),
    "the gap is one short": (SCHEDULE, "self.updates + self.gap", "self.updates + self.gap - 1"),
    # inputs
    "payloads are not held": (
        SOURCE,
        "self.s_out.send(self.held)",
        "self.s_out.send(self.held * (update % self.latency == 0))",
    ),
    "payloads are held one update too long": (
        SOURCE,
        "self.step(update // self.latency)",
        "self.step(max(update - 1, 0) // self.latency)",
    ),
    "a source does not fall silent": (
        SOURCE,
        "self.s_out.send(np.zeros(self.s_out.shape, self.dtype))",
        "self.s_out.send(np.ones(self.s_out.shape, self.dtype))",
    ),
}

ON_LAVAS_MEMBRANE = {
    "parallel synapses count once": (
        FAN,
        'np.tile(self.s_in.recv(), self.proc_params["copies"])',
        'np.outer(np.eye(self.proc_params["copies"], 1), self.s_in.recv()).ravel()',
    ),
    "six guard bits": (STOCK, STOCK_GUARD, "pass"),
    "six guard bits in sums": (STOCK, STOCK_GUARD, STOCK_GUARD.replace("self.act_shift = ", "")),
    "six guard bits in thresholds": (
        STOCK,
        STOCK_GUARD,
        STOCK_GUARD.replace("self.vth_shift = ", ""),
    ),
    "bias is not scaled": (STOCK, "            self.scale_bias()\n", ""),
    "soft reset is hard": (STOCK, STOCK_SOFT_RESET, "self.v[spike_vector] = 0"),
    "adaptive fires at equality": (STOCK, "self.v > self.theta", "self.v >= self.theta"),
    "theta does not decay": (STOCK, "decay_threshold(self.theta, self.theta_decay)", "self.theta"),
    "theta jumps for all": (STOCK, STOCK_JUMP, "self.theta += self.theta_step"),
    "theta does not jump": (STOCK, STOCK_JUMP, "pass"),
    "adaptive does not reset": (STOCK, "self.v[spike_vector] = 0\n", "pass\n"),
    "one step for all neurons": (STOCK, STOCK_JUMP, STOCK_JUMP.replace("_step", "_step[-1]")),
    "soft reset by one threshold": (STOCK, "self.effective_vth *", "self.effective_vth[-1] *"),
    **IN_LOWERING,
}


@pytest.fixture(scope="module")
def witness(in_process: ModuleType):
    cases = {name: in_process.in_batches(case) for name, case in corner_networks().items()}
    return {name: (case, run(*case)) for name, case in cases.items()}


def killer(in_process: ModuleType, witness, lowering: str, mutant: tuple[str, str, str]) -> str:
    """The first corner that notices; "" if none does."""
    code = in_process.mutated(*mutant)
    for name, (case, golden) in witness.items():
        batch = len(case.nodes) // 4
        try:
            got = in_process.run(*case, batch=batch, lowering=lowering, code=code)
        except (AssertionError, IndexError) as error:
            return f"{name}: {error}"
        if not compare(golden, got).identical:
            return name
    return ""


@pytest.mark.parametrize("lowering", ["fused", "stock"])
def test_unchanged_models_survive(in_process: ModuleType, witness, lowering: str) -> None:
    assert killer(in_process, witness, lowering, (WINDOWS, "", "")) == ""


@pytest.mark.parametrize("name", FUSED)
def test_corners_kill_a_mutant(in_process: ModuleType, witness, name: str) -> None:
    assert killer(in_process, witness, "fused", FUSED[name])


@pytest.mark.parametrize("name", ON_LAVAS_MEMBRANE)
def test_corners_kill_a_mutant_of_the_stock_lowering(
    in_process: ModuleType, witness, name: str
) -> None:
    assert killer(in_process, witness, "stock", ON_LAVAS_MEMBRANE[name])


def test_a_connection_that_receives_first_waits_for_ever_in_a_loop(
    in_process: ModuleType, witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of sending and receiving changes no number, but recurrence depends on it."""
    send = "self.a_out.send(self.pending.popleft())"
    receive = "self.pending.append(self.sums(received(self.s_in)))"
    code = in_process.mutated(KRONECKER, f"{send}\n        {receive}", f"{receive}\n        {send}")
    monkeypatch.setattr(in_process, "DEADLOCK_S", 1.0)
    case, golden = witness["mixed rows"]
    assert compare(golden, in_process.run(*case, batch=2, code=code)).identical
    case, _ = witness["loops and delays"]
    with pytest.raises(Empty):
        in_process.run(*case, batch=2, code=code)
