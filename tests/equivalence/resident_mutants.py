"""Changes of the code that runs resident networks on Lava; `test_lava_mutants` shows who notices.

As in `network_mutants`, whose changes are of what runs all networks.
"""

from __future__ import annotations

from collections.abc import Mapping

from neurograph.testing import Mutation, delete

WINDOWS = "neurograph_lava.windows"
SNAPSHOTS = "neurograph_lava.snapshots"
SYNAPSES = "neurograph_lava.synapses"
EXACT = "neurograph.core.arrays"
EDGES = "neurograph_lava.processes.edges.models"
RELAY = "neurograph_lava.processes.relay.models"
SWITCH = "neurograph_lava.processes.streams.switch"
LOWER, STOCK = "neurograph_lava.lower", "neurograph_lava.lower_stock"

Mutant = tuple[str, Mutation]  # a module, and what is changed in it

ARRIVES, PLACE = "w._at(t + 1 + d)", "p[1] // l"
ENDS = "b[s + 1] - b[f]"
WRAP, BIAS = "u = F.wrap_once(u)", "u += b << int(e)"
TOLD = {  # relays
    "name": "N",
    "shape": "S",
    "threshold": "T",
    "limit": "L",
    "bias_mant": "B",
    "bias_exp": "X",
    "windows": "W",
}
SYNAPSES_TOLD = {"name": "N", "weight_exp": "E", "delay": "D"}


def told(all_of_it: Mapping[str, str], what: str, right: str, wrong: str) -> Mutation:
    """One thing that a process is told, otherwise."""
    texts = (
        ", ".join(f'"{name}": {value}' for name, value in {**all_of_it, what: given}.items())
        for given in (right, wrong)
    )
    return Mutation(*(f"{{{text}}}" for text in texts))


BOTH: dict[str, Mutant] = {
    # when a sum arrives
    "the snapshot in which it was sent": (WINDOWS, Mutation(ARRIVES, "w._at(t)")),
    "the snapshot without the delay": (WINDOWS, Mutation(ARRIVES, "w._at(t + 1)")),
    "the snapshot one step early": (WINDOWS, Mutation(ARRIVES, "w._at(t + d)")),
    "a snapshot per update": (WINDOWS, Mutation(PLACE, "min(p[1], 4)")),
    # relays
    "sums do not wrap": (RELAY, delete(WRAP)),
    "only positive sums wrap": (RELAY, Mutation("P or u.min(initial=0) <= N", "P")),
    "only negative sums wrap": (RELAY, Mutation("u.max(initial=0) > p or N", "N")),
    "-2**23 stays": (RELAY, Mutation("u.min(initial=0) <= N", "u.min(initial=0) < N")),
    "a bias has no exponent": (RELAY, Mutation(BIAS, "u += b")),
    "there is no bias": (RELAY, delete(BIAS)),
    "nothing saturates": (RELAY, Mutation("np.clip(m, -l, l, out=m)", "m")),
    "only excitation saturates": (
        RELAY,
        Mutation("np.clip(m, -l, l, out=m)", "np.minimum(m, l, out=m)"),
    ),
    "relays are never asleep": (LOWER, told(TOLD, "windows", "W(j, p._name)", "Windows()")),
    "one limit for all": (LOWER, told(TOLD, "limit", "e(l, r)", "int(np.max(l))")),
    "the first threshold for all": (
        LOWER,
        told(TOLD, "threshold", "e(t, r)", "int(np.ravel(t)[0])"),
    ),
}

FUSED: dict[str, Mutant] = {
    **BOTH,
    # who hears whom
    "pairs so far end a snapshot early": (
        SNAPSHOTS,
        Mutation(ENDS, "b[max(s, f)] - b[f]"),
    ),
    "pairs of all snapshots": (SNAPSHOTS, Mutation(ENDS, "b[-1] - b[f]")),
    "new pairs are those so far": (SNAPSHOTS, Mutation("n, v[s], s", "n, v[s], 0")),
    "pairs so far are the new ones": (SNAPSHOTS, Mutation("n, v[s], 0", "n, v[s], s")),
    "entries so far of the first snapshot": (SNAPSHOTS, Mutation("n, v[s], 0", "n, v[0], 0")),
    "new entries of the first snapshot": (SNAPSHOTS, Mutation("n, v[s], s", "n, v[0], s")),
    "pairs begin with the first one": (SNAPSHOTS, Mutation("p[:-1] + b[f]", "p[:-1] + b[0]")),
    "one kind of pairs over the other": (SNAPSHOTS, delete("b += c", given=("p = r(b, c)",))),
    "nobody hears itself": (
        SNAPSHOTS,
        Mutation(
            "yield i, i, (v != 0).astype(np.int32), v", "yield i, i, 0 * v.astype(np.int32), v"
        ),
    ),
    "edges the other way": (SNAPSHOTS, Mutation("{d: m(s, t)}", "{d: m(s, t).T.tocsr()}")),
    "the first snapshot stays": (SNAPSHOTS, Mutation("s != c", "c < 0", given=("c, D = s, {}",))),
    # sums
    "each channel as it is": (EDGES, Mutation("np.array_equal(W, E)", "True")),
    "the first channels as they are": (
        EDGES,
        Mutation("np.eye(len(w))", "np.eye(*w.shape)"),
    ),
    "inhibition alone is nothing": (EDGES, Mutation("not a.any()", "a.max() <= 0")),
    "float32 always": (EXACT, Mutation("np.float32 if b <= e else np.float64", "np.float32")),
    "float32 holds 25 bits": (
        EXACT,
        Mutation(
            "np.float32 if b <= e else np.float64", "np.float32 if b <= 2 * e else np.float64"
        ),
    ),
    "the bound leaves out payloads": (EDGES, Mutation("r(s) * l * M", "r(s) * M")),
    "the bound leaves out rows": (EDGES, Mutation("r(s) * l * M", "l * M")),
    "the bound leaves out weights": (EDGES, Mutation("r(s) * l * M", "r(s) * l")),
    "the bound leaves out inhibition": (
        EDGES,
        Mutation("max(int(a.max()), -int(a.min()))", "int(a.max())"),
    ),
    # relays
    "small sums are sent": (RELAY, delete("l *= np.abs(l) > t")),
    "a sum at the threshold is sent": (RELAY, Mutation("np.abs(l) > t", "np.abs(l) >= t")),
    "small inhibition is not": (RELAY, Mutation("np.abs(l) > t", "l > t")),
    "all have a threshold, or none": (RELAY, Mutation("if t.any(): ...", "if t.all(): ...")),
    # what a process is told
    "a source's clock": (
        LOWER,
        Mutation(
            "a, l = w(J, p._target), N",
            "a, l = w(J, p._source), N",
            given=("c(J, B, o[p._source], b[p._source])",),
        ),
    ),
    "a snapshot per update, as told": (
        LOWER,
        Mutation("EdgeSynapses(..., latency=l)", "EdgeSynapses(...)"),
    ),
    "edges do not delay": (
        LOWER,
        told(SYNAPSES_TOLD, "delay", "D", "0"),
    ),
    "edges have no exponent": (
        LOWER,
        told(SYNAPSES_TOLD, "weight_exp", "E", "0"),
    ),
    "payloads without a sign": (LOWER, Mutation("m._bits() + 1", "max(m._bits(), 1)")),
}

ON_LAVAS_PROCESSES: dict[str, Mutant] = {
    **BOTH,
    "all goes to the first snapshot": (SWITCH, Mutation("s[t] = r", "s[0] = r")),
    "all goes to every snapshot": (SWITCH, Mutation("s[t] = r", "s[:] = r")),
    "the first snapshot is written out": (SYNAPSES, Mutation("k(m._at(s), w)", "k(m._at(0), w)")),
    "edges the other way": (SYNAPSES, Mutation("k(m._at(s), w)", "k(m._at(s).T.tocsr(), w)")),
    "small sums are sent": (STOCK, Mutation("GradedVec(..., vth=t)", "GradedVec(..., vth=0)")),
    "parallel synapses for snapshots": (
        STOCK,
        Mutation("isinstance(m, Schedule)", "False"),
    ),
    "arrivals without delay": (LOWER, Mutation("Arrivals(..., delay=d)", "Arrivals(...)")),
    "arrivals without latency": (LOWER, Mutation("Arrivals(..., latency=l)", "Arrivals(...)")),
}
