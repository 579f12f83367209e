"""Bad input: one clear sentence that names the file, status 2, nothing written, never a traceback."""

from __future__ import annotations

import folders
import pytest
from folders import change_manifest, edit


DAMAGE = {
    "no-manifest": (lambda p: (p / "manifest.json").unlink(), "manifest.json: no such file"),
    "unfinished": (lambda p: (p / "unfinished").touch(), "the run is unfinished"),
    "cut-manifest": (lambda p: (p / "manifest.json").write_text('{"schema": 1,'), "manifest.json: not valid JSON"),
    "list-manifest": (lambda p: (p / "manifest.json").write_text("[]"), "expected one JSON object"),
    "newer": (lambda p: change_manifest(p, schema=3), "schema 3 is newer"),
    "older": (lambda p: change_manifest(p, schema=1), "manifest.json: schema 1 is older than this analysis, which reads schema 2; run it again"),
    "no-stacks": (lambda p: change_manifest(p, stacks=None), 'key "stacks" is missing'),
    "strange-tcp": (lambda p: change_manifest(p, stacks=[folders.stack("quic")]), "needs tcp, which is one of lifecycle, stock, none"),
    "no-preset": (lambda p: change_manifest(p, stacks=[folders.stack(preset=None)]), "needs a preset"),
    "numbers": (lambda p: change_manifest(p, stacks=[folders.stack(attributes={"Msl": 5})]), "needs attributes, whose values are texts"),
    "strange-change": (lambda p: change_manifest(p, stacks=[folders.stack(changed=["Mls"])]), "needs changed, a list of names of attributes"),
    "no-list": (lambda p: change_manifest(p, stacks=[folders.stack(counterfactuals="x")]), "needs counterfactuals, a list"),
    "no-length": (lambda p: change_manifest(p, stacks=[folders.stack("stock", **{"time-wait_s": "4min"})]), "needs time-wait_s, a time in seconds"),
    "no-such-stack": (lambda p: change_manifest(p, hosts=[folders.host("server", "10.1.0.2", stack=1)]), "stack of host 'server' is 1; expected"),
    "negative-stack": (lambda p: change_manifest(p, hosts=[folders.host("server", "10.1.0.2", stack=-1)]), "stack of host 'server' is -1; expected"),
    "one-address": (lambda p: change_manifest(p, hosts=[folders.host("server") | {"addresses": "10.1.0.2"}]), "a list of addresses"),
    "no-interval": (lambda p: change_manifest(p, average={"from_s": 5, "to_s": 5}), "average is {'from_s': 5, 'to_s': 5}; expected from_s and to_s"),
    "no-hash": (lambda p: change_manifest(p, **{"input-files": {"delays.txt": 7}}), "needs a hash"),
    "strange-timer": (lambda p: edit(p / "timers.csv", "time-wait", "2MSL"), "timer is '2MSL'; expected one of user-timeout,"),
    "strange-event": (lambda p: edit(p / "timers.csv", "armed", "tx"), "event is 'tx'; expected one of armed,"),
    "no-end": (lambda p: change_manifest(p, end_s=None), 'key "end_s" is missing'),
    "no-segments": (lambda p: (p / "segments.csv").unlink(), "segments.csv: no such file, though"),
    "empty": (lambda p: (p / "segments.csv").write_text(""), "segments.csv: empty"),
    "binary": (lambda p: (p / "segments.csv").write_bytes(b"\xff\xfe\n"), "not UTF-8"),
    "unknown-column": (lambda p: edit(p / "transitions.csv", "cause", "why"), "unknown column 'why' and missing"),
    "cut-line": (lambda p: (p / "segments.csv").write_text(folders.SEGMENTS + "0.0000"), "truncated"),
    "short-row": (lambda p: edit(p / "transitions.csv", ",T08,seg SYN+ACK", ""), "row at line"),
    "long-row": (lambda p: edit(p / "transitions.csv", ",T08,", ",T08,x,"), "transitions.csv"),
    "no-number": (lambda p: edit(p / "segments.csv", "0.000000000", "soon"), "cannot be read"),
    "strange-state": (lambda p: edit(p / "transitions.csv", "SYN-SENT", "SYN_SENT"), "to is 'SYN_SENT'; expected one of CLOSED"),
    "strange-id": (lambda p: edit(p / "transitions.csv", "T08", "T99"), "transition T99"),
    "no-rows": (lambda p: [(p / f).write_text((p / f).read_text().splitlines()[0] + "\n")
                           for f in ("segments.csv", "transitions.csv")], "no connection was recorded"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_folder(life, analysis, name):
    damage, words = DAMAGE[name]
    damage(life)
    status, out, err = analysis("plot", life)
    assert status == 2
    assert out == ""
    assert words in err.splitlines()[-1] and str(life) in err
    assert not (life / "figures").exists()


def test_time_that_goes_backwards(life, analysis):
    edit(life / "transitions.csv", "63.170000000", "0.100000000")
    status, _, err = analysis("ladder", life)
    assert status == 2 and "goes backwards" in err


@pytest.mark.parametrize(
    "options,words",
    [
        (["--connection", "client-1:9"], "not in"),
        (["--connection", "nobody:1"], "not in"),
        (["--connection", "first"], "expected HOST:N"),
        (["--interval", "5"], "expected A:B"),
        (["--interval", "5:1"], "expected A:B"),
        (["--interval", "a:b"], "expected A:B"),
        (["--interval", "nan:1"], "expected A:B"),
        (["--interval", "500:600"], "no event"),
    ],
)
@pytest.mark.parametrize("verb", ["plot", "ladder"])
def test_bad_option(life, analysis, verb, options, words):
    status, out, err = analysis(verb, life, *options)
    assert (status, out) == (2, "")
    assert words in err and err.count("\n") <= 2
    assert not (life / "figures").exists()


@pytest.mark.parametrize("verb", ["plot", "ladder"])
def test_missing_folder(tmp_path, analysis, verb):
    status, out, err = analysis(verb, tmp_path / "nowhere")
    assert (status, out) == (2, "") and "no such folder" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "text,words",
    [("{", "not valid JSON"), ('{"schema": 9}', "newer"), ('{"schema": 1}', "older"), ('{"schema": 2, "metrics": 3}', "list of objects"),
     ('{"schema": 2, "metrics": [{"name": "x"}]}', "name, value and meaning"), ('{"schema": 2, "metrics": [{"name": "x", "value": 1, "meaning": 1}]}', "must be texts"),
     ('{"schema":2,"metrics":[{"name":"time-wait-mean","host":"server","value":"x","meaning":"y"}]}', "value of time-wait-mean is 'x'")],
)  # fmt: skip
def test_damaged_summary(busy, analysis, text, words):
    (busy / "summary.json").write_text(text)
    status, _, err = analysis("plot", busy, "--only", "occupancy")
    assert status == 2 and words in err and "summary.json" in err


def test_a_figure_that_cannot_be_is_no_success(life, analysis):
    status, _, err = analysis("plot", life, "--only", "occupancy")
    assert status == 2 and "nothing to draw" in err


def test_output_that_is_a_file(life, tmp_path, analysis):
    (tmp_path / "out").write_text("")
    status, _, err = analysis("plot", life, "--only", "graph", "-o", tmp_path / "out")
    assert status == 1 and f"{tmp_path / 'out'}" in err
