"""`./lab why`: what an id says, where that stands in the standards, and which tests show it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.base import citations, requirements, why

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "lab"
KNOWN = requirements.everything()
REQUIREMENTS = [row.id for row in KNOWN if row.id.startswith("R-")]


def lab(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([LAB, "why", *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False)


@pytest.fixture
def tell(capsys):
    """Runs the verb in this process: (status, standard output, standard error)."""

    def run(*ids: str) -> tuple[int, str, str]:
        try:
            status = why.main(list(ids))
        except SystemExit as stop:  # argparse
            status = int(stop.code or 0)
        out = capsys.readouterr()
        return status, out.out, out.err

    return run


# ---- what is refused


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["P33"], "'P33' is no id; near it are P31, P35, P30; there are "),
        (["R-0"], "'R-0' is no id; near it are R-01, R-02, R-03; there are "),
        (["r999"], f"'r999' is no id; near it are {REQUIREMENTS[-1]}, {REQUIREMENTS[-2]}, {REQUIREMENTS[-3]}; there are "),
        (["T41.XX"], "'T41.XX' is no id; near it are T41, T41.ES, T41.F1; there are "),
        (["T26.ES"], "'T26.ES' is no id; near it are T26, "),
        (["X1"], "'X1' is no id; there are "),
        (["17"], "'17' is no id; there are "),
        ([""], "'' is no id; there are "),
        (["R-17x"], "'R-17x' is no id; there are "),
        (["R-1 7"], "'R-1 7' is no id; there are "),
        (["R-\u0661"], "is no id; there are "),
        (["R-" + "9" * 5000], "is no id; there are "),
        (["two\nlines"], "'two\\nlines' is no id; there are "),
        (["R-17", "P33", "X1"], "'P33', 'X1' are no ids; there are "),
        (["*"], "'*' is no id; there are "),
        ([], "why needs an id; there are "),
    ],
)
def test_what_is_no_id_is_refused_in_one_sentence(tell, ids, said):
    status, out, err = tell(*ids)
    assert (status, out) == (2, "")
    assert said in err and err.startswith("why: ") and err.count("\n") == 1 and len(err) < 600
    for kind in ("P00 to P80", "T01 to T56.LA", f"R-01 to {REQUIREMENTS[-1]}", "D1 to D17", "E01 to E18"):
        assert kind in err


def test_an_option_is_refused(tell):
    status, out, err = tell("--json", "R-17")
    assert (status, out) == (2, "") and "--json" in err


def test_the_front_door_refuses_and_helps():
    refused = lab("P33")
    assert (refused.returncode, refused.stdout) == (2, "") and "'P33' is no id" in refused.stderr
    assert lab().returncode == 2
    helped = lab("--help")
    assert (helped.returncode, helped.stderr) == (0, "") and "\nusage: lab why " in helped.stdout


def test_a_reader_that_leaves_is_no_error():
    done = subprocess.run(f"'{LAB}' why R-1 P31 T26 D5 E08 R-97 R-101 | head -1", shell=True, capture_output=True, text=True, check=False)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")
    done = subprocess.run(f"'{LAB}' why R-1 | true; test $? = 0", shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_told():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([LAB, "why", "R-1"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and done.stderr == "why: standard output: No space left on device\n"


def test_it_needs_the_standard_library_alone():
    """Without pandas, matplotlib and a build."""
    program = "import sys; from analysis.base import why; why.main(['R-17', 'T26', 'P31', 'D1', 'E01']); print(sorted(sys.modules))"
    command = [sys.executable, "-S", "-c", program]  # -S: no site-packages
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"'(pandas|numpy|matplotlib)", done.stdout)


# ---- what is taken for an id


@pytest.mark.parametrize(
    ("typed", "id"),
    [
        *((text, "R-17") for text in ("R-17", "R17", "r17", "r-17", "R-017", "R 17", " R-17 ", "R-17,", "R-17.", "(R-17)")),
        *((text, "R-01") for text in ("R1", "R-1", "r01", "R-001")),
        *((text, "T08") for text in ("T08", "T8", "t8", "T-8")),
        *((text, "T41.ES") for text in ("T41.ES", "t41.es", "T41-ES", "T41ES")),
        *((text, "T41") for text in ("T41", "t41")),
        *((text, "P04") for text in ("P4", "p04")),
        *((text, "D5") for text in ("D5", "d05", "D-5")),
        *((text, "E08") for text in ("e8", "E08")),
    ],
)
def test_an_id_may_be_typed_as_people_do(tell, typed, id):
    status, out, err = tell(typed)
    assert (status, err) == (0, "") and out.split(" ", 1)[0] == id.split(" ")[0]


def test_several_come_in_order_and_once(tell):
    status, out, _ = tell("T26", "R17,P31", "r-17", "t26")
    assert status == 0
    assert re.findall(r"^(?=\S)[TPRDE]\S+", out, re.MULTILINE) == ["T26", "R-17", "P31"]


# ---- what is told


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: row.id)
def test_each_id_is_answered(tell, row):
    status, out, err = tell(row.id)
    assert (status, err) == (0, "") and out.isascii()
    assert max(map(len, out.splitlines())) <= 100
    first, *lines = out.splitlines()
    assert first.startswith(row.id + " ")
    stands = next(line for line in lines if line.startswith("  stands in "))
    if row.id[0] in "TPD":
        assert re.search(r"RFC \d{4} (\d|B)", stands), "the section"
    assert len(stands.split()) > 2
    shown = [line for line in lines if line.strip().startswith("test/")]
    assert ("  Tests:" in lines) != ("No test cites it" in " ".join(out.split()))
    assert shown or "  Tests:" not in lines
    for line in shown:
        file, number = re.match(r"    (\S+?):(\d+)", line).groups()
        assert (ROOT / file).is_file() and int(number) > 0


def test_most_ids_are_shown_by_tests(tell):
    """So that the answer `No test cites it` is not what all of them get."""
    assert sum("No test cites it" in tell(row.id)[1] for row in KNOWN) < 40


def test_what_a_rule_says(tell):
    _, out, _ = tell("P31")
    text = " ".join(out.split())
    for part in ("P31 a step of SEGMENT ARRIVES", "SYN-RECEIVED or synchronized", "check 2", "RST in window, SEQ not RCV.NXT",
                 "ACKN (throttled)", "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>", "stands in RFC 5961 3.2; RFC 9293 3.10.7.4",
                 "test/packetdrill/scripts/p31-es-reset-in-window.pkt:1", "Near misses", "test/core/golden/matrix.txt:"):  # fmt: skip
        assert part in text
    head = re.search(r"(test/core/[\w-]+\.cc):(\d+) +(\w+)\.(\w+)", out)
    assert f"TEST({head[3]}, {head[4]})" in (ROOT / head[1]).read_text(encoding="utf-8").splitlines()[int(head[2]) - 1]


def test_the_states_of_a_step_have_their_names(tell):
    assert "in ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2; check 7" in " ".join(tell("P70")[1].split())
    assert "in ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT, CLOSING; check 5" in " ".join(tell("P55")[1].split())


def test_what_a_transition_says(tell):
    text = " ".join(tell("T26")[1].split())
    for part in ("FIN-WAIT-1 to TIME-WAIT", "FIN in order and this segment acks our FIN", "in Figure 5", "RFC 9293 3.10.7.4",
                 "test/stack/golden/edges.txt:"):  # fmt: skip
        assert part in text


def test_a_group_of_transitions_names_its_edges_and_their_tests(tell):
    text = tell("T41")[1]
    assert "T41.ES" in text and "T41.TW" in text and "acceptable RST" in text
    assert "p31-es-reset-in-window" in text.split("Near misses")[1]


def test_what_a_requirement_says(tell):
    text = " ".join(tell("R-17")[1].split())
    for part in ("Simultaneous open gives one connection (Figure 7)", "RFC 9293 3.5; MUST-10", "core",
                 "test/examples/test_workload.py:", "test_simultaneous_open_is_one_connection_in_four_segments"):  # fmt: skip
        assert part in text


def test_what_is_left_out_says_why(tell):
    assert "No test cites it: left out, ns-3's sockets hand no IP options" in " ".join(tell("R-120")[1].split())
    assert "No script: a script has no reboot" in " ".join(tell("R-15")[1].split())


def test_an_open_point_names_the_choice(tell):
    text = " ".join(tell("D5")[1].split())
    for part in ("RST in TIME-WAIT: 9293 closes", "ignored (RFC 1337)", "Rfc1337", "RFC 1337 3"):
        assert part in text


def test_an_experiment_names_its_file_and_command(tell):
    text = tell("E09")[1]
    for part in ("Ephemeral ports", "Erlang-B", "analysis/experiments/e09_port_exhaustion.py:1", "./lab experiment show NAME",
                 "test_ports_run_out_above_p_by_2_msl"):  # fmt: skip
        assert part in text


def test_scenarios_beside_linux_are_named(tell):
    assert re.search(r"test/live/scenarios/time_wait\.py:\d+ +repeated-fin-in-time-wait", tell("R-62")[1])


@pytest.mark.parametrize("columns", ["1", "60", "80", "300"])
def test_it_fits_the_terminal(tell, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    for id in ("T40.ES", "R-39", "E05", "D1"):
        status, out, _ = tell(id)
        assert status == 0
        prose = [line for line in out.splitlines() if not re.search(r"\S{30}|^ *\|", line)]
        assert max(map(len, prose)) <= max(60, min(int(columns), 100))


def test_each_citation_names_what_there_is():
    known = {row.id for row in KNOWN}
    assert citations.tests_by_id(KNOWN).keys() <= known
