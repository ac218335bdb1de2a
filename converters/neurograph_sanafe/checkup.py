"""What `neurograph doctor` says of SANA-FE."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import partial

from neurograph.core.errors import BackendError
from neurograph.core.finding import Finding
from neurograph_sanafe.supervise import TESTED, install, interpreter

ASK = "from importlib.metadata import version; import sanafe; print(version('sanafe'))"
PATIENCE_S = 30.0


def checkup(python: str | None) -> Iterator[Finding]:
    """One finding; that SANA-FE is not installed is none of a person who never asked for it.

    Args:
        python: interpreter that has SANA-FE, where the user named one.
    """
    report = partial(Finding, name="SANA-FE", remedy=install())
    try:
        found = interpreter(python)
    except BackendError as error:
        if python is not None:
            yield report(state="problem", found=str(error).partition(";")[0])
        else:
            yield report(state="ok", found="not installed; --target sanafe alone needs it")
        return
    asked = subprocess.run(
        [found, "-I", "-c", ASK],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE_S,
        check=False,
    )
    if asked.returncode:
        last = (asked.stderr.strip() or "no message").splitlines()[-1]
        yield report(state="problem", found=f"'{found}' does not import it: {last}")
    elif (version := asked.stdout.strip()) != TESTED:
        yield report(state="warning", found=f"{version}, {found}; tested is {TESTED}")
    else:
        yield Finding(name="SANA-FE", state="ok", found=f"{version}, {found}")
