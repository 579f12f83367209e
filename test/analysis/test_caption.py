"""Captions: what a reader needs to repeat the figure."""

from __future__ import annotations

import folders
import pytest


def caption_of(tmp_path, **changes) -> str:
    from analysis.base.provenance import caption
    from analysis.base.run_folder import RunFolder

    changes = {"stacks": [folders.stack(changed=[])], **changes}
    return caption(RunFolder(folders.lifecycle(tmp_path / "run", **changes)), ["Story."])


def test_names_the_options_that_differ_from_their_defaults(tmp_path):
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
    assert caption_of(tmp_path, changed=["run"]).endswith("run 1. All options at their defaults.")


def test_names_the_counterfactual_machines_before_all_else_that_is_set(tmp_path):
    stacks = [folders.stack(counterfactuals=["ISN clock", "two-way handshake"], changed=[])]
    text = caption_of(tmp_path, stacks=stacks, parameters={"msl": "15s"}, changed=["msl"])
    assert ", preset rfc9293, COUNTERFACTUAL: ISN clock, two-way handshake; seed 1, run 1. msl 15s" in text


def test_names_the_end_of_an_interrupted_run(tmp_path):
    text = caption_of(tmp_path, interrupted=True, changed=["run"])
    assert ", preset rfc9293, INTERRUPTED at 70 s; seed 1, run 1. All" in text
    assert "INTERRUPTED" not in caption_of(tmp_path / "whole", changed=["run"])


def two_hosts(server: dict, client: dict, clients: int = 1) -> dict:
    """What a manifest says of a server and clients, each with a stack of its own."""
    names = ["client"] if clients == 1 else [f"client-{i + 1}" for i in range(clients)]
    hosts = [folders.host("server", "10.1.0.2"), *(folders.host(name, f"10.1.1.{i}", stack=1) for i, name in enumerate(names))]
    return {"stacks": [server, client], "hosts": hosts}


LINUX = folders.stack(preset="linux", attributes={"Msl": "5s", "Nagle": "true"}, changed=["Msl"])
PLAIN = folders.stack(changed=[])


def test_hosts_that_differ_are_told_apart(tmp_path):
    text = caption_of(tmp_path, **two_hosts(LINUX, folders.stack("stock")))
    assert " 0.1.0, server: stack lifecycle, preset linux; client: stack stock; seed 1" in text
    text = caption_of(tmp_path, **two_hosts(folders.stack(counterfactuals=["ISN clock"]), PLAIN))
    assert " 0.1.0, stack lifecycle, preset rfc9293, COUNTERFACTUAL: ISN clock at server; seed 1" in text


@pytest.mark.parametrize(("changes", "told"), [
    (two_hosts(LINUX, PLAIN), "server: preset linux, Msl 5s; client: preset rfc9293, all at its default."),
    (two_hosts(LINUX, PLAIN, 3), "server: preset linux, Msl 5s; all clients: preset rfc9293, all at its default."),
    (two_hosts(PLAIN, PLAIN), "all hosts: preset rfc9293, all at its default."),
    (two_hosts(folders.stack("stock"), folders.stack("none")), "server: ns-3's own TCP, all at its default."),
])  # fmt: skip
def test_a_program_that_tells_no_options_has_stacks(tmp_path, changes, told):
    text = caption_of(tmp_path, program="my-own", parameters={}, changed=[], **changes)
    assert text == f"Story. my-own 0.1.0; seed 1, run 1. Options not recorded; {told}"


def test_what_differs_in_a_stack_and_is_no_option_is_told(tmp_path):
    """A script of packetdrill sets options of its own; what is an option is told once."""
    assert caption_of(tmp_path, parameters={"script": "a.pkt"}, changed=[], **two_hosts(LINUX, PLAIN)).endswith(
        "run 1. server: Msl 5s; all else at its default.")  # fmt: skip
    attributes = {"TimeWaitFactor": "4", "Msl": "5s"}
    same = folders.stack(attributes=attributes, changed=["TimeWaitFactor", "Msl"])
    given = {"msl": "5s", "time-wait-factor": "4"}
    assert caption_of(tmp_path, parameters=given, changed=["msl"], stacks=[same]).endswith("run 1. msl 5s; all else at its default.")
    assert caption_of(tmp_path, parameters={**given, "msl": "7s"}, changed=["msl"], stacks=[same]).endswith(
        "run 1. msl 7s; all hosts: Msl 5s; all else at its default.")  # fmt: skip


def test_where_nothing_is_told_nothing_is_claimed(tmp_path):
    text = caption_of(tmp_path, parameters={}, changed=[], hosts=[])
    assert text.endswith("run 1. Options not recorded.") and "default" not in text


@pytest.mark.parametrize("changed", ["msl", [1]])
def test_changed_that_is_no_list_of_names(tmp_path, analysis, changed):
    status, _, err = analysis("ladder", folders.lifecycle(tmp_path / "run", changed=changed))
    assert status == 2 and 'key "changed" is ' in err and "of the wrong type" in err
