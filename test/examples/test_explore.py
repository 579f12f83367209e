"""lifecycle-explore as a user runs it: what it refuses, what it finds, how it ends."""

import signal
import subprocess
import time

import pytest

from programs import ROOT

PROGRAM = ROOT / "build" / "bin" / "lifecycle-explore"  # no other build makes it: it knows no ns-3

PHANTOM = ["--script=close", "--in-flight=2", "--loss=1", "--two-way-handshake"]


def explore(*options: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(PROGRAM), *options], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    "option, names",
    [
        ("--fly=3", "--fly=3"),
        ("nonsense", "nonsense"),
        ("--script=nonsense", "nonsense"),
        ("--a=open,fly", "open,fly"),
        ("--preset=nonsense", "nonsense"),
        ("--loss=256", "256"),
        ("--loss=", "--loss"),
        ("--loss=-1", "-1"),
        ("--in-flight=0", "in flight"),
        ("--data=many", "many"),
        ("--threads=0", "--threads"),
        ("--without=nonsense", "nonsense"),
        ("--time-wait-factor=x", "--time-wait-factor"),
        ("--isn-policy=nonsense", "nonsense"),
        ("--isn-policy=random", "andom"),
        ("--timestamps=true", "imestamps"),
        ("--msl=1s", "ticks"),
    ],
)
def test_what_it_cannot_take_is_named_in_one_sentence(option, names):
    result = explore(option)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("lifecycle-explore: ")
    assert names in result.stderr


def test_questions_take_no_rules_beside_them():
    result = explore("--questions", "--loss=1")
    assert result.returncode == 2 and "only --threads" in result.stderr


def test_help_lists_scripts_and_checks():
    result = explore("--help")
    assert result.returncode == 0
    assert "simultaneous" in result.stdout and "old-octet" in result.stdout


def test_a_three_way_handshake_holds_and_a_two_way_one_leaves_a_phantom():
    good = explore(*PHANTOM[:-1])
    assert good.returncode == 0
    assert "no check is broken, and all futures are seen" in good.stdout
    bad = explore(*PHANTOM)
    assert bad.returncode == 1
    assert "broken: phantom (R-22)" in bad.stdout and "T53 LISTEN -> ESTABLISHED" in bad.stdout
    assert "two-way-handshake=true" in bad.stdout


def test_the_report_is_the_same_for_any_number_of_threads():
    reports = {explore(*PHANTOM, f"--threads={threads}").stdout for threads in (1, 2, 4)}
    assert len(reports) == 1


def test_the_questions_have_the_answers_that_are_expected():
    result = explore("--questions")
    assert result.returncode == 0
    assert "not expected" not in result.stdout
    answers = {line[:32].strip(): line[54:] for line in result.stdout.splitlines()[1:]}
    assert len(answers) == 13
    assert answers["three-way handshake"] == "nothing broken"
    assert answers["two-way handshake"] == "phantom broken in 19 events"
    assert answers["no TIME-WAIT, constant numbers"].startswith("old-octet broken")


@pytest.mark.parametrize("limit, why", [("--worlds=1000", "--worlds"), ("--megabytes=1", "1 megabytes")])
def test_a_limit_says_how_far_nothing_is_broken(limit, why):
    result = explore("--script=again", "--data=1", limit)
    assert result.returncode == 3
    assert why in result.stdout and "no check is broken within the first" in result.stdout


def test_ctrl_c_says_how_far_nothing_is_broken():
    command = [str(PROGRAM), "--script=again", "--data=2", "--loss=2", "--duplicates=2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()  # the search begins
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 3
    assert "interrupted: no check is broken within the first" in output


def test_a_report_that_cannot_be_written_is_no_success():
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(
            [str(PROGRAM), "--script=handshake"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=300, check=False
        )
    assert result.returncode == 1 and "could not be written" in result.stderr
