"""What `lab` hands over to: ``VERB ARGUMENT...``. The room of a verb is imported when it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module

VERBS = {
    "check-run": "base.check_run",
    "diff": "base.diff",
    "experiment": "experiments.method.verbs",
    "handout": "lecture.handout",
    "ladder": "base.ladder_text",
    "page": "lecture.page",
    "pcapng": "base.pcapng",
    "perfetto": "base.perfetto",
    "plot": "figures.method.plot",
    "run": "base.run_config",
    "summary": "base.summary",
    "sweep": "sweep.verbs",
    "why": "base.why",
}


def main(arguments: list[str]) -> int:
    """Runs one verb; its status."""
    verb, *rest = arguments
    return import_module(f"{__package__}.{VERBS[verb]}").main(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
