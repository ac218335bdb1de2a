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

from neurograph.errors import TargetError
from neurograph_lava.compat import check_installed, lava_version, mend
from neurograph_lava.job import failure_file, read_job
from neurograph_lava.leftovers import claim, remove_leftovers


def main(folder: Path, token: str) -> None:
    parent = os.getppid()

    def leave_if_orphan() -> None:
        # the user's process holds the other end of stdin: nothing comes, but its end does
        if os.getppid() != parent or select.select([0], [], [], 0)[0]:
            remove_leftovers(folder, token)
            shutil.rmtree(folder, ignore_errors=True)
            os.killpg(0, signal.SIGKILL)

    try:
        claim(folder, token)
        check_installed()
        job = read_job(folder)
        mend()
        from neurograph_lava.execute import compiled, execute
        from neurograph_lava.lower import build

        network = build(job)
        models = compiled(network, job.lowering)
        report = {"versions": versions(), "models": models}
        unfinished = job.report.with_suffix(".part")
        unfinished.write_text(json.dumps(report))
        unfinished.rename(job.report)
        execute(network, job.schedule.hardware_steps, leave_if_orphan)
    except BaseException as error:  # whatever Lava throws must reach the user
        refused = isinstance(error, TargetError)
        message = str(error) if refused else traceback.format_exc().strip()
        text = json.dumps({"refused": refused, "message": message})
        failure_file(folder).write_text(text)
        os._exit(1)


def versions() -> dict[str, str]:
    """Of what computes here, which may be another interpreter than the user's."""
    import platform
    from importlib.metadata import version

    return {
        "lava-nc": lava_version(),
        "numpy": version("numpy"),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
