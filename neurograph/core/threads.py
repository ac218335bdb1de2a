"""Work on independent parts of the nodes, a part per core at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Part = TypeVar("Part")
Result = TypeVar("Result")


def each(work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
    """``work(part)`` for each part, in order.

    A thread per core and products of one thread each: two pools that wait for one another by
    turns, one of BLAS and one of compiled loops, take several times as long on a busy machine.
    Compiled loops and BLAS let other threads run.
    """
    cores = len(os.sched_getaffinity(0))
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(cores)
    with _libraries().limit(limits=1, user_api="blas"):
        try:
            for part in parts:
                pending.append(pool.submit(work, part))
                if len(pending) > cores:  # so that results are let go as they are made
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def team() -> Iterator[Callable[[Callable[[Part], object], Iterable[Part]], None]]:
    """Threads for many short rounds of work: in the block, ``do(work, parts)`` does one.

    As `each`, but the threads are started once. A round ends when all of its parts are done.
    """
    cores = len(os.sched_getaffinity(0))
    with _libraries().limit(limits=1, user_api="blas"):
        if cores == 1:
            yield partial(_round, map)
            return
        with ThreadPoolExecutor(cores) as pool:
            yield partial(_round, pool.map)


def _round(
    over: Callable[[Callable[[Part], object], Iterable[Part]], Iterable[object]],
    work: Callable[[Part], object],
    parts: Iterable[Part],
) -> None:
    deque(over(work, parts), maxlen=0)


@cache
def _libraries() -> ThreadpoolController:
    """The loaded BLAS; to look for it takes longer than a small network takes to run."""
    return ThreadpoolController()
