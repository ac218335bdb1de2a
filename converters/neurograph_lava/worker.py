"""The process in which Lava lives: ``python -m neurograph_lava.worker FOLDER TOKEN``.

Reads a job, lets Lava run it, and leaves the results as files. After a failure Lava hangs (a
process model that raised, an exit without stop), so the worker does not try to tidy up: it writes
what happened and leaves at once, and the supervisor removes its processes and shared memory.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
import traceback
from pathlib import Path

from neurograph_lava.failure import LAVA as OF_LAVA
from neurograph_lava.failure import MACHINE, NETWORK, write_failure
from neurograph_lava.requirements import LAVA, OLDEST

PR_SET_PDEATHSIG = 1  # of Linux's prctl: the signal that comes when the parent ends


def main(folder: Path, token: str) -> None:
    """Run the job in `folder`. The imports are here so that what is missing can be said."""
    if sys.version_info < OLDEST:
        found, needed = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, OLDEST))
        message = f"loihi-sim: {sys.executable} is Python {found}, needed {needed} or newer"
        write_failure(folder, message, of=MACHINE)
        os._exit(1)
    from neurograph.core.errors import BackendError, MachineError
    from neurograph.core.machine import explained

    try:
        run(folder, token)
    except MachineError as error:
        write_failure(folder, str(error), of=MACHINE)
    except BackendError as error:
        write_failure(folder, str(error), of=NETWORK)
    except BaseException as error:  # whatever Lava throws must reach the user
        if told := explained(error):
            write_failure(folder, f"loihi-sim: {told}", of=MACHINE)
        else:
            write_failure(folder, traceback.format_exc().strip(), of=OF_LAVA)
    else:
        return
    os._exit(1)


def run(folder: Path, token: str) -> None:
    """Compile and run the job in `folder`, results into its files."""
    from neurograph.core.memory import keep_freed_memory
    from neurograph_lava import cleanup
    from neurograph_lava.compat import check_installed, patch_lava

    parent = os.getppid()

    def leave_if_orphan() -> None:
        # the user's process holds the other end of stdin: nothing comes, but its end does
        if os.getppid() != parent or select.select([0], [], [], 0)[0]:
            cleanup.clean_up(folder, token)
            shutil.rmtree(folder, ignore_errors=True)
            os.killpg(0, signal.SIGKILL)

    os.register_at_fork(after_in_child=_end_with_parent)
    cleanup.claim(folder, token)
    check_installed()
    keep_freed_memory()  # Lava's processes, which are forks, make the same arrays in every step
    patch_lava()
    from neurograph_lava.execute import compiled, execute
    from neurograph_lava.job import read_job
    from neurograph_lava.lower import build

    job = read_job(folder)
    network = build(job)
    models = compiled(network, job.lowering)
    report = {"versions": versions(), "models": models}
    unfinished = job.report.with_suffix(".part")
    unfinished.write_text(json.dumps(report))
    unfinished.rename(job.report)
    execute(network, job.schedule.hardware_steps, leave_if_orphan)


def _end_with_parent() -> None:
    """Lava's processes wait for one another for ever; nobody is left to end them but the kernel."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def versions() -> dict[str, str]:
    """Versions of what computes here, which may be another interpreter than the user's."""
    import platform
    from importlib.metadata import version

    from neurograph_lava.compat import lava_version

    return {
        LAVA: lava_version(),
        "numpy": version("numpy"),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
