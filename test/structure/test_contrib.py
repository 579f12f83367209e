"""What this tree is to an ns-3 tree that has it in contrib/, and what `lab test --contrib` refuses."""

import re
import runpy
import shutil
import subprocess

import pytest
from test_structure import NS3_HEADERS, ROOT, text_of

REFUSED = "test --contrib takes 3.37, 3.43 or 3.48, or the folder of an ns-3 source tree, not '{}'."


def test_every_example_is_run_by_ns3_too():
    """Each program of examples/ but the two that cannot run alone."""
    listed = [line.split()[0] for line, *_ in runpy.run_path(str(ROOT / "test" / "examples-to-run.py"))["cpp_examples"]]
    programs = {path.parent.name for path in ROOT.glob("examples/*/*.cc")}
    assert len(programs) > 10
    assert sorted(listed) == sorted(programs - {"live-peer", "packetdrill"})


def test_what_ns3_takes_for_a_module_is_one():
    """ns-3 searches CMakeLists.txt for variables whose names begin with lib, and enables those modules."""
    taken = set(re.findall(r"\{lib([^}$]*[^obj}$])\}", text_of(ROOT / "CMakeLists.txt")))
    assert "internet" in taken
    assert sorted(name for name in taken if not (NS3_HEADERS / f"{name}-module.h").is_file()) == []


def test_what_tests_programs_of_this_tree_is_not_asked_of_another():
    """An ns-3 tree has the programs of examples/, not lifecycle-explore and lifecycle-replay; and build/ may be empty."""
    ignored = re.findall(r"--ignore=(\S+)", text_of(ROOT / "test" / "other-builds.sh"))
    own = re.compile(r'ROOT / "(?:build|lab)"|lifecycle-(?:explore|replay)\b')
    named = [str(path.relative_to(ROOT)) for path in ROOT.glob("test/examples/test_*.py") if own.search(text_of(path))]
    assert len(named) >= 2
    assert sorted(ignored) == sorted([*named, "test/examples/test_devices.py"])


@pytest.mark.parametrize(
    "options, ran",
    [
        (["--contrib=3.43"], ["3.43"]),
        (["--contrib=3.48", "--contrib=3.43"], ["3.48", "3.43"]),
        (["--contrib=3.43", "--newer"], ["here", "3.43"]),
        (["--contrib=3.48", "--full"], ["here", "3.48", "newer but 3.48"]),
        ([], ["here"]),
    ],
)
def test_contrib_runs_what_it_names_and_nothing_else(tmp_path, options, ran):
    """With all that does the work in `lab` replaced by what says its name."""
    shutil.copy(ROOT / "lab", tmp_path)
    for name in ("CMakeLists.txt", "test/other-builds.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text_of(ROOT / name))
    with (tmp_path / "test" / "other-builds.sh").open("a") as file:
        for name in ("install", "python_for", "build", "start_results", "need_ns3", "count_results"):
            file.write(f"{name}() {{ :; }}\n")
        file.write('test_here() { echo here; }\ntest_in_contrib() { echo "$1"; }\n')
        file.write('test_in_newer_contrib() { shift; echo "newer but $*"; }\n')
    done = subprocess.run([tmp_path / "lab", "test", *options], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (0, ran), done.stderr


def refusal(*arguments):
    done = subprocess.run([ROOT / "lab", "test", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("lab: ") and done.stderr.count("\n") == 1
    return done.stderr[5:-1]


@pytest.mark.parametrize("source", ["3.36", "3.4", "sid", "/no/such/folder", "3.37,3.43", "*"])
def test_lab_refuses_what_is_no_ns3_before_it_builds(source):
    assert refusal(f"--contrib={source}") == REFUSED.format(source)
    assert refusal("--contrib=3.37", f"--contrib={source}") == REFUSED.format(source)


def test_lab_refuses_no_source_at_all():
    assert refusal("--contrib=") == "test --contrib= takes 3.37, 3.43 or 3.48, or the folder of an ns-3 source tree."


def test_lab_refuses_a_folder_without_the_marks_of_ns3(tmp_path):
    missing = f"'{tmp_path}' is no source tree of ns-3 3.37 or newer: there is no {{}} in it."
    for mark in ("VERSION", "ns3", "test.py", "src/core/CMakeLists.txt"):
        assert refusal(f"--contrib={tmp_path}") == missing.format(mark)
        (tmp_path / mark).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / mark).touch()


def test_lab_refuses_a_tree_that_it_would_copy_into_itself(tmp_path):
    """An ns-3 tree that has this one elsewhere than in contrib/."""
    lab = tmp_path / "elsewhere" / "lab"
    for path in (lab, lab.parent / "test" / "other-builds.sh", lab.parent / "build" / "x"):
        path.parent.mkdir(parents=True, exist_ok=True)
    lab.write_text(text_of(ROOT / "lab"))
    lab.chmod(0o755)
    (lab.parent / "CMakeLists.txt").touch()  # what stands beside one is not installed
    (lab.parent / "test" / "other-builds.sh").write_text(text_of(ROOT / "test" / "other-builds.sh"))
    for mark in ("VERSION", "ns3", "test.py", "src/core/CMakeLists.txt"):
        (tmp_path / mark).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / mark).touch()
    done = subprocess.run([lab, "test", f"--contrib={tmp_path}"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == f"lab: '{tmp_path}' holds this tree outside of contrib/, and cannot be copied into it.\n"
