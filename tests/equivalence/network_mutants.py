"""Changes of the code that runs every network on Lava; `test_lava_mutants` shows who notices.

A mutant is one of our modules with one change of its syntax.
"""

from __future__ import annotations

from neurograph.testing import Mutation, delete

WINDOWS, SCHEDULE = "neurograph_lava.windows", "neurograph_lava.schedule"
DELAYED = "neurograph_lava.processes.delayed"
EXACT = "neurograph.core.arrays"
KRONECKER = "neurograph_lava.processes.kronecker.models"
NEURONS = "neurograph_lava.processes.lif.models"
WINDOWED = "neurograph_lava.processes.lif.windowed"
STOCK = "neurograph_lava.processes.lif.stock"
REFRACTORY = "neurograph_lava.processes.refractory.models"
STOCK_REFRACTORY = "neurograph_lava.processes.refractory.stock"
SOURCE = "neurograph_lava.processes.streams.source"
LOWER = "neurograph_lava.lower"
FAN = "neurograph_lava.processes.streams.fan"

Mutant = tuple[str, Mutation]  # a module, and what is changed in it

# of neurons
ANY, BIT_ACCURATE = "AbstractWindowedModel", "AbstractBitAccModel"
LIF, SOFT, ADAPTIVE = (
    f"Py{kind}ModelBitAcc" for kind in ("WindowedLif", "SoftResetLif", "AdaptiveLif")
)
OF_REFRACTORY = "PyRefractoryLifModelBitAcc"
GUARD = "u <<= g"
WRAP = "u = np.where(u > h, N, E)"
ADDS_BIAS = "v += b"
HARD_RESET = "v *= ~f"
SOFT_RESET = "v -= l() * f.astype(T)"
JUMP = "t += s * f.astype(T)"
THETA_DECAYS = 'np.floor(t * k, out=t, casting="unsafe")'
CLIPS = "np.clip(v, -m, m, out=o)"

# on Lava's membrane
STOCK_ANY = "AbstractStockModel"
STOCK_SOFT, STOCK_ADAPTIVE = "PyStockSoftResetLifModel", "PyStockAdaptiveLifModel"
STOCK_GUARD = 'a = t = p["guard_bits"]'  # of sums, and of thresholds
STOCK_JUMP = "t += s * f"
STOCK_SOFT_RESET = "v -= t * f"

# of connections
GATHERS = "g = s[c, r[o]]"
FIRST, LATER = "np.copyto(m, g)", "m += g"

RENEWS = "getattr(s, n)[:] = i[n]"
RESETS = "p is not None and p._a(u)"  # besides in each window


def _renews_all_but(state: str) -> Mutation:
    return Mutation(RENEWS, f"if n != {state!r}:\n    {RENEWS}")


IN_LOWERING = {
    f"{what} {value}": (
        LOWER,
        Mutation(
            f"{process}(..., {keyword}=e(t, r))",
            f"{process}(..., {keyword}={wrong})",
        ),
    )
    for value, process, keyword in (
        ("threshold", "SoftResetLIF", "vth"),
        ("adaptive.threshold", "AdaptiveLIF", "theta"),
        ("adaptive.threshold_step", "AdaptiveLIF", "theta_step"),
        ("refractory.threshold", "RefractoryLIF", "theta"),
        ("refractory.threshold_step", "RefractoryLIF", "theta_step"),
    )
    for what, wrong in (
        ("rows vary fastest in", "np.repeat(t, r) if isinstance(t, tuple) else t"),
        ("the first channel's for all:", "int(np.ravel(t)[0])"),
        ("the last channel's for all:", "int(np.ravel(t)[-1])"),
    )
} | {
    f"{what} gets no guard bits": (
        LOWER,
        Mutation(f"{process}(..., guard_bits=G)", f"{process}(...)"),
    )
    for what, process in (
        ("soft reset", "SoftResetLIF"),
        ("adaptive", "AdaptiveLIF"),
        ("refractory", "RefractoryLIF"),
    )
}

IN_WINDOWED: dict[str, Mutant] = {
    "no reset in time": (WINDOWED, Mutation(RESETS, "False")),
    "resets one update late": (WINDOWED, Mutation(RESETS, "p is not None and p._a(u - 1)")),
    "resets one update early": (WINDOWED, Mutation(RESETS, "p is not None and p._a(u + 1)")),
    "a stream sets no bias": (WINDOWED, delete("m[: len(g)] += g.astype(T)")),
    "a stream's bias alone": (WINDOWED, Mutation("m[:] = o.reshape(S)", "m[:] = 0")),
    "a stream's biases add up": (WINDOWED, delete("m[:] = o.reshape(S)")),
    "a stream's bias stays": (WINDOWED, Mutation("(w, s) != b", "b is None")),
    "a stream's bias is a snapshot late": (
        WINDOWED,
        Mutation('g = f._o(w, "r")[:, s]\nm = E', 'g = f._o(w, "r")[:, max(s - 1, 0)]\nm = E'),
    ),
    "a stream's bias is held for one update": (WINDOWED, Mutation("u // b._l", "u")),
}

FUSED: dict[str, Mutant] = {
    **IN_WINDOWED,
    "a bias that was set is not read": (
        NEURONS,
        delete("b = None", within=BIT_ACCURATE),
    ),
    # connections
    "a delay is one long": (DELAYED, Mutation('p["delay"] + 1', 'p["delay"] + 2')),
    "a delay is one short": (DELAYED, Mutation('p["delay"] + 1', 'p["delay"] or 1')),
    "delays are ignored": (DELAYED, Mutation('p["delay"] + 1', "1")),
    "mix without counts": (KRONECKER, delete("g = g * m.astype(T)")),
    "the first count of a row is lost": (
        KRONECKER,
        Mutation(FIRST, "np.copyto(m, s[c, r[o]])", given=(GATHERS,)),
    ),
    "later counts of a row are lost": (
        KRONECKER,
        Mutation(LATER, "m += s[c, r[o]]", given=(FIRST, GATHERS)),
    ),
    "later entries replace the first": (KRONECKER, Mutation(LATER, "m[:] = g", given=(FIRST,))),
    "only the first entry makes a row alive": (
        KRONECKER,
        Mutation("a |= S & T", "a |= a & S & T"),
    ),
    "only the last entry makes a row alive": (KRONECKER, Mutation("a |= S & T", "a = S & T")),
    "short rows take a foreign entry": (
        KRONECKER,
        Mutation("np.where(t, d[a], 0)", "d[a]"),
    ),
    "rows without input are left out": (
        KRONECKER,
        Mutation("s[c, r[o]] = V", "s[c, o] = V"),
    ),
    "every node gets the first one's input": (
        KRONECKER,
        Mutation(GATHERS, "g = s[0 * c, r[o]]"),
    ),
    "inhibition alone is no input": (
        KRONECKER,
        Mutation(
            "np.bitwise_or.reduce(w, axis=2) != 0",
            "s.max(axis=2) > 0",
            given=("w = s.view(T)",),
        ),
    ),
    "a right shift rounds": (DELAYED, Mutation("x >>= -s", "x = (x + (1 << -s >> 1)) >> -s")),
    "a right shift truncates": (
        DELAYED,
        Mutation("x >>= -s", "x = (x + (x < 0) * ((1 << -s) - 1)) >> -s"),
    ),
    "a left shift is one short": (DELAYED, Mutation("x <<= s", "x <<= s - 1")),
    "float32 always": (
        EXACT,
        Mutation("np.float32 if b <= e else np.float64", "np.float32"),
    ),
    "float32 holds 25 bits": (
        EXACT,
        Mutation(
            "np.float32 if b <= e else np.float64", "np.float32 if b <= 2 * e else np.float64"
        ),
    ),
    "the bound leaves out payloads": (KRONECKER, Mutation("r * l * int(S)", "r * int(S)")),
    "the bound leaves out rows": (KRONECKER, Mutation("r * l * int(S)", "l * int(S)")),
    "the bound takes one synapse": (KRONECKER, Mutation("S.sum(1).max()", "S.max()")),
    # membranes
    "fires at equality": (NEURONS, Mutation("v > l()", "v >= l()", within=ANY)),
    "no ds_offset": (NEURONS, Mutation("o - int(d) - 1", "o - int(d)", within=BIT_ACCURATE)),
    "an offset for v, too": (
        NEURONS,
        Mutation("a(v, s, o - int(d))", "a(v, s, o - int(d) - 1)", within=BIT_ACCURATE),
    ),
    "decays floor": (NEURONS, Mutation("np.trunc(S)", "np.floor(S)")),
    "decays round": (NEURONS, Mutation("np.trunc(S)", "np.rint(S)")),
    "decays in single precision": (
        NEURONS,
        Mutation("np.trunc(S)", "np.trunc(S.astype(np.float32))"),
    ),
    "no guard bits in sums": (NEURONS, delete(GUARD, within=BIT_ACCURATE)),
    "six guard bits in every sum": (NEURONS, Mutation(GUARD, "u <<= 6", within=BIT_ACCURATE)),
    "no guard bits in thresholds": (NEURONS, Mutation("int(t) << g", "int(t)", within=LIF)),
    "no guard bits in soft thresholds": (NEURONS, Mutation("t << g", "t", within=SOFT)),
    "six guard bits in soft thresholds": (NEURONS, Mutation("t << g", "t << 6", within=SOFT)),
    "u is not wrapped": (NEURONS, delete(WRAP, within=BIT_ACCURATE)),
    "u saturates": (
        NEURONS,
        Mutation(WRAP, "u = np.clip(u, -m, m)", within=BIT_ACCURATE, given=(CLIPS,)),
    ),
    "2**23 wraps": (
        NEURONS,
        Mutation("np.where(u > h, N, E)", "np.where(u >= h, N, E)", within=BIT_ACCURATE),
    ),
    "-2**23 stays": (
        NEURONS,
        Mutation("np.where(u <= -h, N, E)", "np.where(u < -h, N, E)", within=BIT_ACCURATE),
    ),
    "-2**23 alone stays": (
        NEURONS,
        Mutation("u.min(initial=0) <= -h", "u.min(initial=0) < -h", within=BIT_ACCURATE),
    ),
    "only positive u wraps": (
        NEURONS,
        Mutation("P or u.min(initial=0) <= N", "P", within=BIT_ACCURATE),
    ),
    "only negative u wraps": (
        NEURONS,
        Mutation("u.max(initial=0) > p or N", "N", within=BIT_ACCURATE),
    ),
    "the wrap is one short": (
        NEURONS,
        Mutation(
            "np.where(u > h, u - p, np.where(S, u + p, u))",
            "np.where(u > h, u - (p - 1), np.where(S, u + (p - 1), u))",
            within=BIT_ACCURATE,
        ),
    ),
    "v is not clipped": (NEURONS, Mutation(CLIPS, "o[:] = v", within=BIT_ACCURATE)),
    "v clips to -2**23": (
        NEURONS,
        Mutation(CLIPS, "np.clip(v, -m - 1, m, out=o)", within=BIT_ACCURATE),
    ),
    "v clips one bit low": (
        NEURONS,
        Mutation(CLIPS, "np.clip(v, -m, m >> 1, out=o)", within=BIT_ACCURATE),
    ),
    "no bias": (NEURONS, delete(ADDS_BIAS, within=BIT_ACCURATE)),
    "bias without exponent": (
        NEURONS,
        Mutation("m.astype(T) << e.astype(T)", "m.astype(T)", within=BIT_ACCURATE),
    ),
    "bias into u": (
        NEURONS,
        Mutation(
            GUARD,
            "u = b + (u << g)",
            within=BIT_ACCURATE,
            given=("v = u", f"{ADDS_BIAS}\na(v, w, K)"),
        ),
    ),
    "hard reset is soft": (
        NEURONS,
        Mutation(HARD_RESET, "v -= l() * f", within=ANY, given=("v > l()",)),
    ),
    "no hard reset": (NEURONS, delete(HARD_RESET, within=ANY)),
    "only the silent are reset": (NEURONS, Mutation(HARD_RESET, "v *= f", within=ANY)),
    "soft reset is hard": (NEURONS, Mutation(SOFT_RESET, "v *= ~f", within=SOFT)),
    "soft reset without guard bits": (
        NEURONS,
        Mutation(SOFT_RESET, "v -= t * f.astype(T)", within=SOFT, given=("t << g",)),
    ),
    "soft reset by six guard bits": (
        NEURONS,
        Mutation(SOFT_RESET, "v -= (t << 6) * f.astype(T)", within=SOFT, given=("t << g",)),
    ),
    "u is reset, too": (
        NEURONS,
        Mutation(
            "f: A = v > l()\nr(f)",
            "f: A = v > l()\nr(f)\nu[f] = 0",
            within=ANY,
            given=("u[:] = w\nx = w",),
        ),
    ),
    # thresholds
    "theta does not decay": (NEURONS, delete(THETA_DECAYS, within=ADAPTIVE)),
    "theta rounds": (
        NEURONS,
        Mutation(THETA_DECAYS, THETA_DECAYS.replace("floor", "rint"), within=ADAPTIVE),
    ),
    "theta does not jump": (NEURONS, delete(JUMP, within=ADAPTIVE)),
    "theta jumps for the silent": (
        NEURONS,
        Mutation(JUMP, "t += s * (~f).astype(T)", within=ADAPTIVE),
    ),
    "a jump decays at once": (
        NEURONS,
        Mutation(f"{THETA_DECAYS}\n{JUMP}", f"{JUMP}\n{THETA_DECAYS}", within=ADAPTIVE),
    ),
    "adaptive does not reset": (NEURONS, delete("super()._reset(f)", within=ADAPTIVE)),
    # refractory states
    "what v reaches does not fire": (REFRACTORY, Mutation("t + r - 1", "t + r")),
    "no refractory state": (REFRACTORY, Mutation("t + r - 1", "t - 1")),
    "theta returns to 0": (REFRACTORY, Mutation("t -= b\nd(t, k)\nt += b", "d(t, k)")),
    "theta stays lifted": (REFRACTORY, Mutation("t -= b\nd(t, k)\nt += b", "t += 0")),
    "the refractory state stays": (REFRACTORY, Mutation("t += b\nd(r, k)", "t += b")),
    "both decay alike": (
        REFRACTORY,
        Mutation("t += b\nd(r, k)", "t += b\nd(r, l)", given=("t -= b\nd(t, l)",)),
    ),
    "theta lifts the refractory state once": (
        REFRACTORY,
        Mutation("r += 2 * t * f", "r += t * f", within=OF_REFRACTORY),
    ),
    "the next theta lifts the refractory state": (
        REFRACTORY,
        Mutation(
            "r += 2 * t * f\nt += s * f.astype(T)",
            "t += s * f.astype(T)\nr += 2 * t * f",
            within=OF_REFRACTORY,
        ),
    ),
    "a spike does not lift theta": (REFRACTORY, delete(JUMP, within=OF_REFRACTORY)),
    # one number per channel
    "one threshold for all neurons": (NEURONS, Mutation("t << g", "t[:1] << g", within=SOFT)),
    "soft reset by one threshold": (
        NEURONS,
        Mutation(SOFT_RESET, "v -= l()[-1] * f.astype(T)", within=SOFT),
    ),
    "one step for all neurons": (
        NEURONS,
        Mutation(JUMP, "t += s[-1] * f.astype(T)", within=ADAPTIVE),
    ),
    "theta starts as one for all": (
        WINDOWED,
        Mutation(RENEWS, "getattr(s, n)[:] = i[n][-1]"),
    ),
    **IN_LOWERING,
    # windows
    **{
        f"{state} is not renewed": (WINDOWED, _renews_all_but(state))
        for state in ("theta", "v", "u")
    },
    "initial states are no copies": (WINDOWED, Mutation("getattr(s, n).copy()", "getattr(s, n)")),
    "anew in every update": (WINDOWED, Mutation("u == 0", "u >= 0")),
    "anew one update late": (WINDOWED, Mutation("u == 0", "u == 1")),
    "the sleeping go on": (
        WINDOWED,
        Mutation("s(np.zeros(a.shape, np.int8))", "s(u(a))", given=("f = u(a)",)),
    ),
    "final states are the last but one": (
        WINDOWS,
        Mutation("u == l - 1", "u == l - 2", within="Windows"),
    ),
    "windows begin one step late": (
        WINDOWS,
        Mutation("s = t - f", "s = t - f - 1", within="Windows"),
    ),
    "windows begin one step early": (
        WINDOWS,
        Mutation("s = t - f", "s = t - f + 1", within="Windows"),
    ),
    "a window is one update short": (
        WINDOWS,
        Mutation("u >= l", "u >= l - 1", within="Windows", given=("u == l - 1",)),
    ),
    "windows come one step late": (
        WINDOWS,
        Mutation("divmod(s, p)", "divmod(s, p + 1)", within="Windows"),
    ),
    "there is one window": (
        WINDOWS,
        Mutation("divmod(s, p) if p else F", "F", within="Windows"),
    ),
    "late spikes reach the next window": (
        SCHEDULE,
        Mutation("return u + g", "return u", within="Schedule"),
    ),
    "the gap is one short": (
        SCHEDULE,
        Mutation("return u + g", "return u + g - 1", within="Schedule"),
    ),
    # inputs
    "payloads are not held": (
        SOURCE,
        Mutation("s(h)", "s(h * (u % l == 0))", given=("h = x(u // l)",)),
    ),
    "payloads are held one update too long": (
        SOURCE,
        Mutation("x(u // l)", "x(max(u - 1, 0) // l)"),
    ),
    "a source does not fall silent": (
        SOURCE,
        Mutation("s(np.zeros(o.shape, t))", "s(np.ones(o.shape, t))"),
    ),
}

ON_LAVAS_MEMBRANE: dict[str, Mutant] = {
    **IN_WINDOWED,
    "parallel synapses count once": (
        FAN,
        Mutation('np.tile(r(), p["times"])', 'np.outer(np.eye(p["times"], 1), r()).ravel()'),
    ),
    "six guard bits": (STOCK, delete(STOCK_GUARD)),
    "six guard bits in sums": (STOCK, Mutation(STOCK_GUARD, 't = p["guard_bits"]')),
    "six guard bits in thresholds": (STOCK, Mutation(STOCK_GUARD, 'a = p["guard_bits"]')),
    "bias is not scaled": (
        STOCK,
        Mutation("b()\nt()\ns = True", "t()\ns = True", within=STOCK_ANY),
    ),
    "soft reset is hard": (STOCK, Mutation(STOCK_SOFT_RESET, "v[f] = 0", within=STOCK_SOFT)),
    "adaptive fires at equality": (STOCK, Mutation("v > t", "v >= t", within=STOCK_ADAPTIVE)),
    "theta does not decay": (STOCK, Mutation("t[:] = d(t, k)", "t[:] = t", within=STOCK_ADAPTIVE)),
    "theta jumps for all": (STOCK, Mutation(STOCK_JUMP, "t += s", within=STOCK_ADAPTIVE)),
    "theta does not jump": (STOCK, delete(STOCK_JUMP, within=STOCK_ADAPTIVE)),
    "adaptive does not reset": (STOCK, delete("v[f] = 0", within=STOCK_ADAPTIVE)),
    "what v reaches does not fire": (STOCK_REFRACTORY, Mutation("v >= t + r", "v > t + r")),
    "no refractory state": (STOCK_REFRACTORY, Mutation("v >= t + r", "v >= t")),
    "theta returns to 0": (STOCK_REFRACTORY, Mutation("d(t - b, K)", "d(t, K) - b")),
    "theta lifts the refractory state once": (
        STOCK_REFRACTORY,
        Mutation("r[f] += 2 * t[f]", "r[f] += t[f]"),
    ),
    "a spike does not lift theta": (STOCK_REFRACTORY, delete("t += s * f")),
    "one step for all neurons": (
        STOCK,
        Mutation(STOCK_JUMP, "t += s[-1] * f", within=STOCK_ADAPTIVE),
    ),
    "soft reset by one threshold": (
        STOCK,
        Mutation(STOCK_SOFT_RESET, "v -= t[-1] * f", within=STOCK_SOFT),
    ),
    **IN_LOWERING,
}
