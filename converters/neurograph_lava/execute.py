"""Compiles and runs a Lava process network, and notices when one of its processes fails.

Import after `neurograph_lava.compat.patch_lava`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.magma.runtime.mgmt_token_enums import MGMT_RESPONSE, enum_equal
from lava.magma.runtime.runtime import Runtime

from neurograph_lava.shared_memory import SLOTS

TAG = "fixed_pt"
CHECK_S = 0.05  # between two looks at Lava's processes


class ProcessModelError(RuntimeError):
    """A process model raised, or its operating-system process died."""


class FixedPointConfig(Loihi2SimCfg):  # type: ignore[misc]
    """Chooses bit-accurate models only, of one lowering where there are two; keeps what it chose.

    Lava's own choice falls back to untagged models without a word.
    """

    def __init__(self, lowering: str) -> None:
        super().__init__(select_tag=TAG)
        self.lowering = lowering
        self.chosen: dict[str, str] = {}

    def select(self, process: AbstractProcess, proc_models: list[Any]) -> Any:
        tagged = [model for model in proc_models if TAG in model.tags]
        model = next((m for m in tagged if self.lowering in m.tags), None)
        model = model or super().select(process, tagged or proc_models)
        if TAG not in model.tags:
            raise ProcessModelError(f"{process.name}: {model.__name__} is not tagged {TAG}")
        self.chosen[process.name] = model.__name__
        return model


def compiled(process: AbstractProcess, lowering: str) -> dict[str, str]:
    """Compile everything that is connected to `process`.

    Returns:
        Process name -> name of the process model that will run.
    """
    config = FixedPointConfig(lowering)
    process.create_runtime(config, compile_config={"pypy_channel_size": SLOTS})
    return config.chosen


def execute(process: AbstractProcess, steps: int, on_check: Callable[[], None]) -> None:
    """Run what was compiled for `steps` hardware steps.

    Args:
        process: one of those that were compiled.
        steps: how many.
        on_check: called every `CHECK_S` seconds.

    Raises:
        ProcessModelError: with the traceback of the process model that failed. Lava is left as it
            is then, hanging: leave the interpreter with `os._exit`.
    """
    runtime = process.runtime
    runtime.start(RunSteps(num_steps=steps, blocking=False))
    (answers,) = runtime.service_to_runtime
    while not answers.probe():
        on_check()
        _check_actors(runtime)
        time.sleep(CHECK_S)
    if not enum_equal(answers.peek(), MGMT_RESPONSE.DONE):
        time.sleep(CHECK_S)  # the failed process is still handing over its traceback
        _check_actors(runtime)
        raise ProcessModelError(f"Lava answered {answers.peek()} instead of DONE")
    runtime.wait()
    runtime.stop()


def _check_actors(runtime: Runtime) -> None:
    for actor in runtime._messaging_infrastructure.actors:
        died = not actor.is_alive()  # before asking for its exception, which it sends first
        if actor.exception:
            _, trace = actor.exception
            raise ProcessModelError(trace)
        if died:
            raise ProcessModelError(f"a Lava process died with exit code {actor.exitcode}")
