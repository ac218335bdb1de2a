"""A few trials of each kind from one base: ``python short.py FOLDER``, where it may mount."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import kills
import resources
from forked import warm_up

QUICK = ("features", "export", "report")
KILLS, SEED = 3, 3


def main() -> None:
    """Try, kill, and print what was done and what was wrong."""
    folder = Path(sys.argv[1]).resolve()
    resources.mount_disk(folder / "resources")
    warm_up()
    poor = resources.Trials(folder / "resources")
    resources.all_of(poor, mounts=True, short=True)
    (folder / "kills").mkdir()
    commands = {name: kills.COMMANDS[name] for name in QUICK}
    killed = kills.Trials(folder / "kills", commands, poor.base)
    kills.at_random(killed, KILLS, SEED)
    print(json.dumps({"done": poor.done, "hit": killed.hit, "bad": poor.bad + killed.bad}))


if __name__ == "__main__":
    main()
