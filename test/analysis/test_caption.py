"""Captions: what a reader needs to repeat the figure."""

from __future__ import annotations

import folders
import pytest


def caption_of(tmp_path, **changes) -> str:
    from analysis.run_folder import RunFolder, caption

    return caption(RunFolder(folders.lifecycle(tmp_path / "run", **changes)), ["Story."])


def test_names_the_parameters_that_differ_from_their_defaults(tmp_path):
    rules = "client->server: drop 1st SYN; client->server: drop 1st data"
    text = caption_of(
        tmp_path,
        parameters={"msl": "15s", "delay": "10ms", "rules": rules, "record": "segments", "stack": "lifecycle"},
        changed=["rules", "msl", "record", "stack"],
    )
    assert text == (
        "Story. lifecycle-run 0.1.0, stack lifecycle, preset rfc9293; seed 1, run 1. "
        f'rules "{rules}", msl 15s; all else at its default.'
    )


def test_says_that_all_is_at_its_default(tmp_path):
    assert caption_of(tmp_path, changed=["run"]).endswith("run 1. All parameters at their defaults.")


def test_names_the_counterfactual_machines_before_all_else_that_is_set(tmp_path):
    text = caption_of(
        tmp_path, counterfactuals=["ISN clock", "two-way handshake"], parameters={"msl": "15s"}, changed=["msl"]
    )
    assert ", preset rfc9293, COUNTERFACTUAL: ISN clock, two-way handshake; seed 1, run 1. msl 15s" in text


def test_names_the_end_of_an_interrupted_run(tmp_path):
    text = caption_of(tmp_path, interrupted=True, changed=["run"])
    assert ", preset rfc9293, INTERRUPTED at 70 s; seed 1, run 1. All" in text
    assert "INTERRUPTED" not in caption_of(tmp_path / "whole", changed=["run"])


def test_an_old_manifest_does_not_tell_what_differs(tmp_path):
    text = caption_of(tmp_path, parameters={"msl": "15s", "loss": "0", **{f"p{i}": "1" for i in range(9)}})
    assert text.endswith("msl 15s, loss 0 (9 more in manifest.json).")


@pytest.mark.parametrize("changed", ["msl", [1]])
def test_changed_that_is_no_list_of_names(tmp_path, analysis, changed):
    status, _, err = analysis("ladder", folders.lifecycle(tmp_path / "run", changed=changed))
    assert status == 2 and '"changed" is of the wrong type' in err
