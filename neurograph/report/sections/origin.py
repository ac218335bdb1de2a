"""Where a network and its inputs came from, where both came in files."""

from __future__ import annotations

from typing import Any

from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section


def _data(run: ReportInput) -> dict[str, Any]:
    given, profile = run.deployment.provenance, run.deployment.profile
    return {
        "sources": dict(profile.sources),
        "provenance": {
            **given,
            "hashes": {
                "network_file": given["network"]["sha256"],
                "input_file": given["input"]["sha256"],
                "integers": run.deployment.quantized.sha256,
            },
        },
    }


SECTION = Section(name="origin", title="Provenance", data=_data)
