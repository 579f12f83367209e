"""Running sweeps on the real parts: after whatever happens, every planned run has exactly one row."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from sweeping import (PROGRAM, ROOT, SMALL, SMALL_RUNS, assert_each_planned_run_has_one_row, good, kill_hard, misbehaving,
                      results, rows, start, sweep, texts_of, wait_for_rows, write)  # fmt: skip

sys.path.insert(0, str(ROOT))
from analysis.sweep.store import commit_of  # noqa: E402

MANY = SMALL.replace("count = 5", "count = 30")
MANY_RUNS = 180


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The small sweep and a store that holds it, run by the default engine."""
    folder = tmp_path_factory.mktemp("small")
    file, store = write(folder), folder / "small.sqlite"
    good("run", file, "-o", store, "-j", 2)
    return file, store


def test_all_is_done_once_and_a_second_time_nothing(small):
    file, store = small
    assert_each_planned_run_has_one_row(file, store)
    assert len(rows(store)) == SMALL_RUNS
    before = rows(store, "SELECT * FROM runs, provenance USING (key) ORDER BY key")
    assert "sweep: 0 runs done, 0 failed" in sweep("run", file, "-o", store).stderr
    assert rows(store, "SELECT * FROM runs, provenance USING (key) ORDER BY key") == before
    assert "30 are done already" in good("plan", file, "-o", store)


def test_provenance_of_each_run(small):
    _, store = small
    columns = "module_commit, dirty, ns3_version, built_with, host, cpu, tool_version, utc, argv"
    told = rows(store, f"SELECT {columns} FROM provenance JOIN environments ON id = environment")
    assert len(told) == SMALL_RUNS and all(all(row) for row in told)
    assert all("--msl=" in row[-1] and row[-2].endswith("Z") for row in told)


def test_no_commit_is_told_of_a_repository_that_holds_another_project(tmp_path):
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", tmp_path, "-c", "user.name=A", "-c", "user.email=a@b", *words], check=True, capture_output=True)

    git("init")
    git("commit", "--allow-empty", "-m", "Another project")
    (tmp_path / "installed").mkdir()
    shutil.copy(ROOT / "CITATION.cff", tmp_path / "installed")
    assert commit_of(tmp_path / "installed") == ("unknown", "unknown")
    git("add", "installed")
    git("commit", "-m", "Take it in")
    assert commit_of(tmp_path / "installed")[1] == "clean"


def test_the_fork_server_gives_the_same_bytes(small, tmp_path):
    file, store = small
    good("run", file, "-o", tmp_path / "a.sqlite", "--engine", "fork-server", "-j", 2)
    assert_each_planned_run_has_one_row(file, tmp_path / "a.sqlite")
    assert results(tmp_path / "a.sqlite") == results(store)


def test_shards_merged_give_the_same_bytes(small, tmp_path):
    file, store = small
    parts = [tmp_path / f"part-{i}.sqlite" for i in (1, 2, 3)]
    for i, part in enumerate(parts, 1):
        good("run", file, "-o", part, "--shard", f"{i}/3")
    assert sum(len(rows(part)) for part in parts) == SMALL_RUNS
    whole = tmp_path / "whole.sqlite"
    good("merge", *parts, "-o", whole)
    assert_each_planned_run_has_one_row(file, whole)
    assert results(whole) == results(store)
    assert "sweep: 0 new runs" in sweep("merge", parts[0], "-o", whole).stderr
    assert "30 of 30 runs done" in good("status", "-o", whole)


@pytest.mark.parametrize("engine", ["local", "fork-server"])
def test_a_killed_coordinator_is_resumed(tmp_path, engine):
    file, store = write(tmp_path, MANY), tmp_path / "a.sqlite"
    done = 0
    for _ in range(2):
        coordinator = start("run", file, "-o", store, "-j", 2, "--engine", engine)
        done = wait_for_rows(store, done + 20, coordinator)
        kill_hard(coordinator)
    assert done < MANY_RUNS
    first = set(rows(store, "SELECT key, utc FROM provenance"))
    good("run", file, "-o", store, "-j", 2, "--engine", engine)
    assert_each_planned_run_has_one_row(file, store)
    assert first <= set(rows(store, "SELECT key, utc FROM provenance"))  # what was done was not done again


def test_the_first_interrupt_drains_and_the_second_kills(tmp_path):
    slow = misbehaving(tmp_path, "[1234]) sleep 2; exec {program} \"$@\" ;;\n5) sleep 600 ;;".replace("{program}", str(PROGRAM)))
    file, store = write(tmp_path), tmp_path / "a.sqlite"
    coordinator = start("--program", slow, "run", file, "-o", store, "-j", 2)
    wait_for_rows(store, 1, coordinator)
    os.kill(coordinator.pid, signal.SIGINT)
    _, told = coordinator.communicate(timeout=60)
    assert coordinator.returncode == 130
    assert "finishing what is under way" in told and "the same command goes on from here" in told
    drained = len(rows(store))
    assert 1 < drained < SMALL_RUNS  # those under way were committed
    assert not rows(store, "SELECT * FROM attempts")

    coordinator = start("--program", slow, "run", file, "-o", store, "-j", 2, "--filter", "rate == 2")
    wait_for_rows(store, drained, coordinator)
    time.sleep(1)  # a thread sleeps in a run that does not end
    for _ in range(2):
        os.kill(coordinator.pid, signal.SIGINT)
        time.sleep(0.5)
    coordinator.communicate(timeout=20)
    assert coordinator.returncode == 130
    good("run", file, "-o", store)  # one program, one model: a wrapper does not change the identity
    assert_each_planned_run_has_one_row(file, store)


BAD_RUNS = """2) echo 'so long' >&2; kill -SEGV $$ ;;
3) sleep 600 ;;
4) mkdir -p "$output"; echo rubbish | tee "$output/summary.json" >"$output/manifest.json" ;;
5) {program} "$@" && dd if="$output/summary.json" of="$output/cut" bs=300 count=1 2>/dev/null && mv "$output/cut" "$output/summary.json" ;;""".replace(
    "{program}", str(PROGRAM)
)


def test_runs_that_crash_hang_print_rubbish_or_are_cut_short(tmp_path):
    file = write(tmp_path, SMALL + '\n[limits]\ntimeout = "1s"\n')
    store = tmp_path / "a.sqlite"
    result = sweep("--program", misbehaving(tmp_path, BAD_RUNS), "run", file, "-o", store, "-j", 4, "--filter", "rate == 2")
    assert result.returncode == 1 and "sweep: 2 runs done, 8 failed" in result.stderr
    told = good("ls", "--failed", "-o", store)
    for why in ("ended by SIGSEGV", "not finished after 1 s", "manifest.json: not valid JSON", "summary.json: not valid JSON"):
        assert told.count(why) == 2, told
    kinds = rows(store, "SELECT kind, code, count(*) FROM attempts GROUP BY kind, code")
    assert sorted(kinds) == [("result", 0, 4), ("signal", 11, 2), ("timeout", 0, 2)]
    crashed = next(line.split("\t")[0] for line in told.splitlines() if "SIGSEGV" in line)
    assert "so long" in good("logs", crashed, "-o", store)
    command = good("show", crashed, "--command", "-o", store).splitlines()
    assert "--run=2" in command[0] and command[1] == f"gdb --args {command[0]}" and command[2] == f"valgrind {command[0]}"
    # The real program repairs it; gc then forgets what was mended.
    good("rerun", "--failed", "-o", store)
    assert len(rows(store)) == 10
    good("run", file, "-o", store)
    assert_each_planned_run_has_one_row(file, store)
    assert "8 failed attempts forgotten, 8 files removed" in sweep("gc", "-o", store).stderr
    assert not rows(store, "SELECT * FROM attempts") and not list((tmp_path / "a.sqlite.files" / "failed").iterdir())


def test_a_run_that_wants_too_much_memory_fails(tmp_path):
    file, store = write(tmp_path, SMALL + '\n[limits]\nmemory = "20MB"\n'), tmp_path / "a.sqlite"
    assert sweep("run", file, "-o", store, "--fail-fast", "-j", 1).returncode == 1
    assert rows(store) == [] and rows(store, "SELECT count(*) FROM attempts")[0][0] >= 1


def test_retries_and_fail_fast(tmp_path):
    once = f'[3]) if mkdir "{tmp_path}/$run" 2>/dev/null; then exit 9; fi; exec {PROGRAM} "$@" ;;'
    file, store = write(tmp_path, SMALL.replace("[2, 4, 8]", "[2]").replace('["500ms", "1s"]', '["1s"]')), tmp_path / "a.sqlite"
    program = misbehaving(tmp_path, once)
    result = sweep("--program", program, "run", file, "-o", store, "--fail-fast", "-j", 1)
    assert result.returncode == 1 and "ended with status 9" in result.stderr
    shutil.rmtree(tmp_path / "3")
    (tmp_path / "b").mkdir()
    good("--program", program, "run", file, "-o", tmp_path / "b" / "b.sqlite", "--retries", 1)
    assert_each_planned_run_has_one_row(file, tmp_path / "b" / "b.sqlite")
    assert rows(tmp_path / "b" / "b.sqlite", "SELECT kind, code FROM attempts") == [("exit", 9)]


def test_a_second_coordinator_is_refused_politely(tmp_path):
    file, store = write(tmp_path, MANY), tmp_path / "a.sqlite"
    coordinator = start("run", file, "-o", store, "-j", 1)
    wait_for_rows(store, 3, coordinator)
    second = sweep("run", file, "-o", store)
    assert second.returncode == 2 and second.stderr.count("\n") == 1
    assert f"process {coordinator.pid} on" in second.stderr and "is writing to it" in second.stderr
    assert "of 180 runs done" in good("status", "-o", store)  # reading goes on
    coordinator.send_signal(signal.SIGTERM)
    coordinator.communicate(timeout=60)
    good("run", file, "-o", store)
    assert_each_planned_run_has_one_row(file, store)


def mount_tmpfs(folder, size: str) -> bool:
    folder.mkdir()
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True).returncode == 0


def test_a_full_disk_loses_nothing_that_was_committed(tmp_path):
    disk = tmp_path / "disk"
    if not mount_tmpfs(disk, "400k"):
        pytest.skip("only root can mount a small disk")
    try:
        file, store = write(tmp_path, MANY), disk / "a.sqlite"
        result = sweep("run", file, "-o", store, "-j", 2, "--engine", "fork-server")
        assert result.returncode == 1, result.stderr
        assert str(store) in result.stderr and "disk" in result.stderr and result.stderr.count("\n") == 1
        have = len(rows(store))
        assert 0 < have < MANY_RUNS
        subprocess.run(["mount", "-o", "remount,size=30m", disk], check=True)
        good("run", file, "-o", store, "-j", 2, "--engine", "fork-server")
        assert_each_planned_run_has_one_row(file, store)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_read_only_store_can_be_read_and_is_not_written(small, tmp_path):
    file, store = small
    disk = tmp_path / "disk"
    if not mount_tmpfs(disk, "30m"):
        pytest.skip("only root can mount a disk")
    try:
        copy = disk / "a.sqlite"
        shutil.copy(store, copy)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert results(copy) == results(store)
        refused = sweep("run", file, "-o", copy)
        assert refused.returncode == 2 and refused.stderr.count("\n") == 1
        assert "Read-only file system" in refused.stderr and str(copy) in refused.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


def test_another_build_is_refused_unless_accepted(small, tmp_path):
    file, store = small
    copy = tmp_path / "a.sqlite"
    shutil.copy(store, copy)
    other = tmp_path / "lifecycle-run"
    other.write_text(f'#!/bin/sh\ncase "$1" in --describe=json) {PROGRAM} "$1" | sed \'s/"model-identity": "....../&/;'
                     f's/\\("model-identity": "\\)....../\\1ffffff/\' ;;\n*) exec {PROGRAM} "$@" ;; esac\n')  # fmt: skip
    other.chmod(0o755)
    refused = sweep("--program", other, "run", file, "-o", copy)
    assert refused.returncode == 2 and "holds runs of model" in refused.stderr and "--accept-build" in refused.stderr
    assert len(rows(copy)) == SMALL_RUNS
    good("--program", other, "run", file, "-o", copy, "--accept-build")
    assert len(rows(copy)) == 2 * SMALL_RUNS
    assert "30 of 30 runs done" in good("status", "-o", copy)


def test_more_metrics_are_added_to_runs_that_kept_fewer(small, tmp_path):
    _, store = small
    copy = tmp_path / "a.sqlite"
    shutil.copy(store, copy)
    file = write(tmp_path, SMALL.replace('"connections-opened@client"]', '"connections-opened@client", "syns-dropped@server"]'))
    assert "30 runs of 6 points; 0 are done already" in good("plan", file, "-o", copy)
    good("run", file, "-o", copy)
    assert len(rows(copy)) == SMALL_RUNS
    header, *lines = results(copy).splitlines()
    assert header == "key,connections-opened@client,syns-dropped@server,time-wait-mean@client"
    assert all(line.split(",")[2] == "0.0" for line in lines)  # a count of nothing


def test_units_are_checked_when_files_are_merged(small, tmp_path):
    import sqlite3

    _, store = small
    copy = tmp_path / "a.sqlite"
    shutil.copy(store, copy)
    database = sqlite3.connect(copy)
    database.execute("UPDATE units SET unit = 'dozens' WHERE metric = 'time-wait-mean@client'")
    database.commit()
    database.close()
    target = tmp_path / "b.sqlite"
    good("merge", store, "-o", target)
    refused = sweep("merge", copy, "-o", target)
    assert refused.returncode == 2 and "is in connections in" in refused.stderr and "but in dozens" in refused.stderr
    assert results(target) == results(store)


def test_results_that_contradict_are_refused(small, tmp_path):
    import sqlite3

    _, store = small
    copy = tmp_path / "a.sqlite"
    shutil.copy(store, copy)
    database = sqlite3.connect(copy)
    database.execute("UPDATE runs SET metrics = replace(metrics, '\"time-wait-mean@client\":', '\"time-wait-mean@client\":1')")
    database.commit()
    database.close()
    target = tmp_path / "b.sqlite"
    good("merge", store, "-o", target)
    refused = sweep("merge", copy, "-o", target)
    assert refused.returncode == 2 and "one of the two is wrong" in refused.stderr
    assert results(target) == results(store)


def test_replications_until_narrow_enough(tmp_path):
    text = SMALL.replace("count = 5", 'metric = "time-wait-mean@client"\nhalf-width = 0.15\nat-least = 4\ncap = 40')
    file, store = write(tmp_path, text.replace("rate = [2, 4, 8]", "rate = [2, 40]")), tmp_path / "a.sqlite"
    good("run", file, "-o", store, "--engine", "fork-server")
    per_point = dict(rows(store, "SELECT point, count(*) FROM runs GROUP BY point"))
    assert len(per_point) == 4 and min(per_point.values()) >= 4
    assert len(set(per_point.values())) > 1  # rare events need more
    again = sweep("run", file, "-o", store)
    assert "sweep: 0 runs done" in again.stderr


def test_run_folders_are_kept_where_something_is_recorded(tmp_path):
    text = SMALL.replace("[2, 4, 8]", "[2]").replace("count = 5", "count = 2").replace("[fixed]", "[fixed]\nhold = \"1s\"", 1)
    file, store = write(tmp_path, 'record = "transitions"\n' + text), tmp_path / "a.sqlite"
    good("run", file, "-o", store)
    kept = tmp_path / "a.sqlite.files" / "runs"
    assert sorted(path.name for path in kept.iterdir()) == sorted(key for (key,) in rows(store))
    assert all((path / "transitions.csv").stat().st_size > 100 for path in kept.iterdir())


def test_export_is_tidy(small, tmp_path):
    file, store = small
    good("export", "-o", store, "--to", tmp_path / "out.csv")
    header, *lines = (tmp_path / "out.csv").read_text().splitlines()
    assert header == "key,msl,msl [s],rate,rate [1/s],rng_seed,rng_run,metric,host,unit,value"
    assert len(lines) == 2 * SMALL_RUNS
    assert all(line.split(",")[9] == "connections" for line in lines)
    refused = sweep("export", "-o", store, "--to", tmp_path / "out.xls")
    assert refused.returncode == 2 and "allowed are .csv and .parquet" in refused.stderr


def test_keys_can_be_shortened_and_must_be_known(small):
    _, store = small
    key = rows(store)[0][0]
    told = good("show", key[:10], "-o", store)
    assert f"key\t{key}\n" in told and "time-wait-mean@client [connections]" in told and "--initial-rto\t1s" in told
    for prefix, sentence in (("zz", "is no key"), ("", "begins more than one key")):
        refused = sweep("show", prefix, "-o", store)
        assert refused.returncode == 2 and sentence in refused.stderr


def test_a_store_keeps_the_counterfactuals_that_manifests_name_and_merges_them(tmp_path):
    text = SMALL.replace("[grid]", "rfc1337 = false\n[grid]").replace("rate = [2, 4, 8]", "time-wait-restart = [true, false]\nrate = [2]")
    file = write(tmp_path, text.replace('series = "rate"', 'series = "time-wait-restart"').replace("count = 5", "count = 2"))
    part, store = tmp_path / "part.sqlite", tmp_path / "whole.sqlite"
    good("run", file, "-o", part)
    good("merge", part, "-o", store)
    names = {name for (name,) in rows(store, "SELECT name FROM counterfactuals")}
    assert names == {"RST honoured in TIME-WAIT", "TIME-WAIT not restarted"}


def test_captions_name_the_counterfactual_machines_of_all_points_and_of_some(tmp_path):
    def told(settings: str) -> str:
        text = SMALL.replace("[grid]", f"{settings}\n[grid]").replace("rate = [2, 4, 8]", "time-wait-restart = [true, false]\nrate = [2]")
        file = write(tmp_path, text.replace('series = "rate"', 'series = "time-wait-restart"').replace("count = 5", "count = 1"))
        store = tmp_path / "store.sqlite"
        good("run", file, "-o", store)
        good("plot", "-o", store, "--to", tmp_path)
        store.unlink()
        # matplotlib leaves each line of text in a comment beside its outlines.
        return " ".join(texts_of(tmp_path / "1-time-wait-mean.svg"))

    usual = told("")
    assert "COUNTERFACTUAL at some points: TIME-WAIT not restarted." in usual and "COUNTERFACTUAL:" not in usual
    broken = told("rfc1337 = false\ntwo-way-handshake = true")
    assert "COUNTERFACTUAL: RST honoured in TIME-WAIT, two-way handshake." in broken
    assert "COUNTERFACTUAL at some points: TIME-WAIT not restarted." in broken


def test_plot_and_report(small, tmp_path):
    _, store = small
    files = good("plot", "-o", store, "--to", tmp_path).split()
    assert [os.path.basename(file) for file in files] == ["1-time-wait-mean.png", "1-time-wait-mean.svg"]
    svg = (tmp_path / "1-time-wait-mean.svg").read_text()
    assert svg.count("<path") > 20
    page = good("report", "-o", store, "--to", tmp_path / "a.html") and (tmp_path / "a.html").read_text()
    assert "<h1>How many wait?</h1>" in page and "data:image/png;base64," in page and "of 6" in page
    assert "://" not in page and "<script" not in page and "<link" not in page  # nothing comes from elsewhere
    good("report", "-o", store, "--to", tmp_path / "b.html")
    assert (tmp_path / "b.html").read_text() == page
