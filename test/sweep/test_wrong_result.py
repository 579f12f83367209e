"""What a run leaves may be anything: the run has failed, with a sentence, and nobody waits for ever."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sweeping import PROGRAM

from analysis.sweep.worker import Task, execute, model_of, run_process

METRIC = "connections-opened@client"
VALUES = [None, True, -1, 10**400, float("nan"), float("inf"), "", "x", "\ud800", [], [1], [None], {}, {"a": []}]


@pytest.fixture(scope="module")
def right(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "run"
    run_process(str(PROGRAM), ["--seed=1", "--run=1", f"--output={folder}", "--quiet"], str(folder.parent / "stderr"), 60, 10**9)
    return folder


def result_of(folder: Path):
    """What the worker says of a run that leaves this folder."""
    task = Task("0" * 64, str(PROGRAM), model_of(str(PROGRAM)), ["--seed=1", "--run=1"], [METRIC], [], 60, 10**9)

    def leave(_: str, options: list[str], *__: object) -> None:
        shutil.copytree(folder, next(o for o in options if o.startswith("--output=")).removeprefix("--output="))

    result = execute(task, str(folder.parent), leave)
    assert result.ok == (not result.message) and "cannot be read (" not in result.message
    if result.ok:
        json.dumps(result.metrics, allow_nan=False)
        assert all(isinstance(text, str) for text in [*result.units.values(), *result.counterfactuals])
    return result


def test_each_part_made_wrong(right, tmp_path):
    folder = shutil.copytree(right, tmp_path / "run")
    assert result_of(folder).metrics == {METRIC: 1.0}
    refused = 0
    for name, keys in (("manifest.json", ["parameters", "stacks", "rng-seed", "rng-run"]), ("summary.json", ["metrics"])):
        whole = json.loads((folder / name).read_text())
        changes = [{**whole, key: value} for key in keys for value in VALUES]
        changes += [{k: v for k, v in whole.items() if k != key} for key in keys]
        if name == "manifest.json":
            changes += [{**whole, "stacks": [stack]} for value in VALUES for stack in (value, {"counterfactuals": value})]
        if name == "summary.json":
            i = next(i for i, m in enumerate(whole["metrics"]) if m["name"] == "connections-opened" and m["host"] == "client")
            for key in ("name", "host", "unit", "value"):
                for value in VALUES:
                    metrics = [dict(m) for m in whole["metrics"]]
                    metrics[i][key] = value
                    changes.append({"metrics": metrics})
        for change in [*changes, *VALUES]:
            (folder / name).write_text(json.dumps(change))
            refused += not result_of(folder).ok
        for content in (b"", b"\0", b"\xff", b"[" * 100_000, b'{"metrics": ' + b"9" * 5000 + b"}"):
            (folder / name).write_bytes(content)
            assert not result_of(folder).ok
        (folder / name).write_text(json.dumps(whole))
    assert refused > 100
