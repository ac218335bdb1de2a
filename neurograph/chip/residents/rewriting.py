"""What a chip must rewrite between snapshots: entries of edges that change, in bytes.

Counted from the two lists of meetings and three numbers per node and snapshot, O(E + T N) of them.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.residents.demand import numbers_per_entry
from neurograph.core.arrays import Array, frozen
from neurograph.ir import Schedule

_COUNTED: WeakKeyDictionary[Schedule, Array] = WeakKeyDictionary()
_NEVER = np.iinfo(np.int32).max
_NOW, _BEFORE = 1, 2  # in which of two snapshots a pair meets


def rewritten_bytes(network: AnyNetwork, profile: HardwareProfile) -> Array:
    """int64 ``(steps,)``: bytes of synaptic memory to write before each snapshot but the first.

    An entry takes its numbers in whole bytes: one where all channels share it, else one per
    channel, by the profile's rule. An entry that becomes 0, or is 0 no more, is written, too.
    """
    bits = int(profile.limit("weight_bits") or 0)
    total = np.zeros(network.steps, np.int64)
    for j in network.projections:
        if isinstance(j.mix, Schedule):
            numbers = numbers_per_entry(j, shared=profile.shared_synapses)
            total += changed_entries(j.mix) * numbers * -(-bits // 8)
    return total


def changed_entries(mix: Schedule) -> Array:
    """int64 ``(steps,)``: entries that are not what they were a snapshot before; 0 at first."""
    if mix not in _COUNTED:  # the work of a host asks, and the energy of a chip
        _COUNTED[mix] = frozen(_changed_entries(mix), np.int64)
    return _COUNTED[mix]


def _changed_entries(mix: Schedule) -> Array:
    changed = np.zeros(mix.steps, np.int64)
    changed[1:] = np.count_nonzero(np.diff(mix.of_self, axis=0), axis=1)
    known, first = _known(mix)
    stayed = mix.so_far.before[1:-1].astype(np.int64)  # pairs that had met before
    come = np.diff(mix.so_far.before, axis=0)[1:].astype(np.int64)  # that meet for the first time
    # those of the lists of new pairs are looked at one by one, all others are counted
    node, step, before, now, met = _met(mix, known, first)
    old = mix.of_so_far[step - 1, node] * (met < step) + mix.of_new[step - 1, node] * before
    new = mix.of_so_far[step, node] * (met <= step) + mix.of_new[step, node] * now
    changed += np.bincount(step[old != new], minlength=mix.steps)
    np.subtract.at(stayed, (step[met < step] - 1, node[met < step]), 1)
    np.subtract.at(come, (step[met == step] - 1, node[met == step]), 1)
    moved = np.diff(mix.of_so_far, axis=0) != 0
    changed[1:] += (stayed * moved + come * (mix.of_so_far[1:] != 0)).sum(axis=1)
    return changed


def _known(mix: Schedule) -> tuple[Array, Array]:
    """Pairs so far as ascending numbers, and the snapshot in which each met first."""
    pair = mix.so_far.owner.astype(np.int64) * mix.nodes + mix.so_far.indices
    order = np.argsort(pair)
    return pair[order], mix.so_far.step[order]


def _met(mix: Schedule, known: Array, first: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Pairs that meet in a snapshot or did in the one before: node, snapshot, which of the two.

    Returns:
        int64 node and snapshot; bool, met in the one before, and in this; int32, met first.
    """
    pair = mix.new.owner.astype(np.int64) * mix.nodes + mix.new.indices
    step = mix.new.step.astype(np.int64)
    again = step < mix.steps - 1  # seen once more from the snapshot after
    seen = np.concatenate([pair * mix.steps + step, (pair * mix.steps + step + 1)[again]])
    which = np.repeat(np.array([_NOW, _BEFORE], np.int8), [len(step), int(again.sum())])
    later = np.concatenate([step > 0, np.ones(int(again.sum()), bool)])  # the first has no before
    seen, which = seen[later], which[later]
    order = np.argsort(seen, kind="stable")
    seen, which = seen[order], which[order]
    first_of: Array = np.flatnonzero(np.diff(seen, prepend=-1))
    both = np.bitwise_or.reduceat(which, first_of) if len(seen) else which
    at, pairs = seen[first_of] % mix.steps, seen[first_of] // mix.steps
    place: Array = np.searchsorted(known, pairs)
    found = np.zeros(len(pairs), bool)
    inside = place < len(known)
    found[inside] = known[place[inside]] == pairs[inside]
    met = np.full(len(pairs), _NEVER, np.int32)
    met[found] = first[place[found]]
    return pairs // mix.nodes, at, (both & _BEFORE) > 0, (both & _NOW) > 0, met
