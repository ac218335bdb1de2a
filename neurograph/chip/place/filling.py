"""Filling cores: one neuron after another, a new core where the next does not fit."""

from __future__ import annotations

import numpy as np

from neurograph.chip.memory import RATED
from neurograph.chip.place.demand import UNLIMITED, ResourceDemand
from neurograph.core.arrays import Array
from neurograph.core.compiled import numba


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
    kept_on = np.full(len(need.once), -1, np.int64)  # the core that stored a channel last
    channels = np.zeros(len(need.taps), np.int64)  # of each population on the core
    line, entries = -1, 0  # the row that was there last, and its neurons on the core
    core, visit, copy_before = 0, 0, -1
    neurons = memory = axons_in = axons_out = 0
    if most < 1:
        return 0, 0, runs[0, 1]
    for r in range(len(runs)):
        replica, start, stop = runs[r]
        open_new = fresh[r] and neurons > 0
        for n in range(start, stop):
            if replica != copy_before:
                visit, copy_before, line = visit + 1, replica, -1
            leaving = out[replica, n] if room.axons_out != UNLIMITED else 0
            for attempt in range(2):
                if open_new or attempt:
                    core, visit = core + 1, visit + 1
                    if core == most:
                        return most, r, n
                    neurons = memory = axons_in = axons_out = 0
                    channels[:] = 0
                    line, open_new = -1, False
                if need.line[n] != line:
                    line, entries = need.line[n], 0
                taken = need.own[n]
                taken += need.lists[line] * _longer(entries, need.dense)
                new = kept_on[need.stored[n]] != core
                if new:
                    p = need.population[n]
                    taken += need.once[need.stored[n]]
                    taken += need.taps[p] * _longer(channels[p], need.kernel)
                entering = 0
                if room.axons_in != UNLIMITED:
                    entering = _entering(n, visit, need, heard, heard_in)
                if neurons == 0 or (
                    neurons < room.neurons
                    and memory + taken <= room.memory
                    and axons_in + entering <= room.axons_in
                    and axons_out + leaving <= room.axons_out
                ):
                    break
            # a neuron that an empty core cannot hold has too many output axons: settling says so
            neurons += 1
            memory += taken
            entries += 1
            channels[need.population[n]] += new
            axons_in += entering
            axons_out += leaving
            kept_on[need.stored[n]] = core
            home[replica, n] = first + core
    return (core + (neurons > 0)), len(runs), 0


@numba.njit(cache=True, nogil=True)
def _longer(entries, rate):  # type: ignore[no-untyped-def]
    """Words that one entry more adds to a list."""
    return -(-(entries + 1) * rate // RATED) + (-entries * rate // RATED)


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
