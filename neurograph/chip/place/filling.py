"""Filling cores: one neuron after another, a new core where the next does not fit."""

from __future__ import annotations

import numba
import numpy as np

from neurograph.chip.place.demand import UNLIMITED, ResourceDemand
from neurograph.core.arrays import Array


def fill(
    wanted: ResourceDemand,
    runs: Array,
    fresh: Array,
    home: Array,
    out: Array,
    first: int,
    most: int,
) -> tuple[int, int, int]:
    """Put neurons on cores in the given order, on each as many as fit.

    Args:
        runs: int64 ``(runs, 3)``: replica, first neuron, end.
        fresh: bool ``(runs,)``: those that begin on a core of their own.
        home: int32 ``(replicas, neurons)``, filled in: the core of each neuron.
        out: int32 ``(replicas, neurons)``, output axons of each; ignored where they have no limit.
        first: the first core.
        most: how many cores at most.

    Returns:
        Cores used; the run and the neuron at which the cores ran out, or the end of runs.
    """
    cores, run, neuron = _fill(
        runs, fresh, home, out, first, most, wanted.need, wanted.heard, wanted.room
    )
    return int(cores), int(run), int(neuron)


@numba.njit(cache=True, nogil=True)
def _fill(runs, fresh, home, out, first, most, need, heard, room):  # type: ignore[no-untyped-def]
    heard_in = np.full(heard.units, -1, np.int64)  # the visit in which a unit was heard last
    kept_on = np.full(len(need.stored_bits), -1, np.int64)  # the core that stored it last
    core, visit, copy_before = 0, 0, -1
    neurons = bits = axons_in = axons_out = 0
    if most < 1:
        return 0, 0, runs[0, 1]
    for r in range(len(runs)):
        replica, start, stop = runs[r]
        open_new = fresh[r] and neurons > 0
        for n in range(start, stop):
            if replica != copy_before:
                visit, copy_before = visit + 1, replica
            leaving = out[replica, n] if room.axons_out != UNLIMITED else 0
            for attempt in range(2):
                if open_new or attempt:
                    core, visit = core + 1, visit + 1
                    if core == most:
                        return most, r, n
                    neurons = bits = axons_in = axons_out = 0
                    open_new = False
                memory = need.bits[n]
                if kept_on[need.stored[n]] != core:
                    memory += need.stored_bits[need.stored[n]]
                entering = 0
                if room.axons_in != UNLIMITED:
                    entering = _entering(n, visit, need, heard, heard_in)
                if neurons == 0 or (
                    neurons < room.neurons
                    and bits + memory <= room.bits
                    and axons_in + entering <= room.axons_in
                    and axons_out + leaving <= room.axons_out
                ):
                    break
            # a neuron that an empty core cannot hold has too many output axons: settling says so
            neurons += 1
            bits += memory
            axons_in += entering
            axons_out += leaving
            kept_on[need.stored[n]] = core
            home[replica, n] = first + core
    return (core + (neurons > 0)), len(runs), 0


@numba.njit(cache=True, nogil=True)
def _entering(n, visit, need, heard, heard_in):  # type: ignore[no-untyped-def]
    """Axons that neuron n adds to those of this visit, which is one replica on one core."""
    added = 0
    p, q, c = need.population[n], need.row[n], need.channel[n]
    for j in range(heard.first[p], heard.first[p + 1]):
        mix, kind = heard.mix_at[j] + q, heard.kind_at[j] + c
        for m in range(heard.mix_ptr[mix], heard.mix_ptr[mix + 1]):
            base = heard.unit[j] + heard.rows[m] * heard.width[j]
            for k in range(heard.kind_ptr[kind], heard.kind_ptr[kind + 1]):
                unit = base + heard.kinds[k]
                if heard_in[unit] != visit:
                    heard_in[unit] = visit
                    added += heard.size[heard.size_at[j] + heard.kinds[k]]
    return added
