"""Lava's worker as a fork of an interpreter that has imported Lava already: a script, twice.

Most of what a run of a small network takes is Python's start and the import of Lava. Where what
Lava computes is tested, and not how its worker starts and ends, every worker may be forked from a
process that has done both:

``python warm_lava.py serve SOCKET``: imports Lava once, and forks whenever somebody asks.
``python -I -S warm_lava.py ask SOCKET FOLDER TOKEN``: in place of `neurograph_lava.worker`; asks
for such a worker, and ends as it ends. If it is killed, or nobody holds the other end of its
standard input any more, so is the worker.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys

POLL_S = 0.005  # between two looks at the worker
STREAMS = (0, 1, 2)
IMPORTED = (  # what a worker imports, and Lava only when it compiles
    "neurograph_lava.execute",
    "neurograph_lava.job",
    "neurograph_lava.lower",
    "lava.magma.compiler.compiler",
)


def ask(path: str, folder: str, token: str) -> int:
    """Have a worker run with the standard streams and the environment of this process."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        words = [folder, token, *(f"{name}={value}" for name, value in os.environ.items())]
        message = "\0".join(words).encode(errors="surrogateescape")
        socket.send_fds(server, [len(message).to_bytes(4, "big")], STREAMS)
        server.sendall(message)
        return int(server.recv(16) or b"1")


def serve(path: str) -> None:
    """Fork workers, one after another, until standard input ends."""
    from neurograph_lava.compat import check_installed, patch_lava

    check_installed()
    patch_lava()
    for name in IMPORTED:
        importlib.import_module(name)
    # Lava looks for process models by loading files anew in every run: compiled once, for all
    sys.dont_write_bytecode, sys.pycache_prefix = False, f"{path}.compiled"
    gc.freeze()  # or every fork copies what its collector looks at
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        while True:
            ready, _, _ = select.select([0, listening], [], [])
            if 0 in ready:
                return
            with listening.accept()[0] as client:
                _serve(client, listening)


def _serve(client: socket.socket, listening: socket.socket) -> None:
    head, streams, _, _ = socket.recv_fds(client, 4, len(STREAMS))
    message = client.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
    words = message.decode(errors="surrogateescape").split("\0")
    child = os.fork()
    if not child:
        listening.close()
        client.close()
        _become_worker(words, streams)
    for stream in streams:
        os.close(stream)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            client.sendall(str(os.waitstatus_to_exitcode(status) % 256).encode())
            return
        if select.select([client], [], [], POLL_S)[0]:  # nothing comes, but its end does
            with contextlib.suppress(ProcessLookupError):  # it leads no group yet
                os.killpg(child, signal.SIGKILL)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return


def _become_worker(words: list[str], streams: list[int]) -> None:
    from pathlib import Path

    from neurograph_lava import worker

    folder, token, *environment = words
    os.setsid()
    for own, given in zip(STREAMS, streams, strict=True):
        os.dup2(given, own)
        os.close(given)
    os.environ.clear()
    os.environ.update(each.split("=", 1) for each in environment)
    os.chdir(folder)
    worker.main(Path(folder), token)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "ask":
        sys.exit(ask(*sys.argv[2:]))
    serve(sys.argv[2])
