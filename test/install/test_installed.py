"""What is installed works without the source tree: for programs of one's own, and as a command."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "lab"
MANIFEST = ROOT / "build" / "install_manifest.txt"
PROGRAM = ROOT / "examples" / "lifecycle-minimal" / "main.cc"  # of the handbook
CMAKE_LISTS = ROOT / "test" / "install" / "own-program" / "CMakeLists.txt"  # of the handbook
# Nothing of the source tree, nor of an earlier installation.
ENVIRONMENT = {"HOME": "/nonexistent", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "COLUMNS": "100"}
NEED_THE_TREE = ["setup", "demo", "test", "fuzz", "check", "bench", "docs", "golden", "install"]


def call(*command: object, cwd: Path, **more: object) -> subprocess.CompletedProcess:
    environment = {**ENVIRONMENT, **{name: str(value) for name, value in more.items()}}
    return subprocess.run(list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)


def good(*command: object, cwd: Path, **more: object) -> str:
    done = call(*command, cwd=cwd, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(*command: object, cwd: Path, status: int) -> str:
    done = call(*command, cwd=cwd)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def prefix(tmp_path_factory) -> Path:
    """Where all is installed; what the user may have installed can be removed as before."""
    before = MANIFEST.read_bytes() if MANIFEST.exists() else None
    where = tmp_path_factory.mktemp("installed") / "prefix"
    done = subprocess.run([LAB, "install", "--prefix", where], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    shutil.move(MANIFEST, where.with_name("manifest"))
    if before is not None:
        MANIFEST.write_bytes(before)
    return where


@pytest.fixture
def own(tmp_path) -> Path:
    """A folder with the handbook's program and its five lines of CMake."""
    assert len(CMAKE_LISTS.read_text().splitlines()) == 5
    shutil.copy(PROGRAM, tmp_path)
    shutil.copy(CMAKE_LISTS, tmp_path)
    return tmp_path


def command_of(prefix: Path) -> Path:
    return prefix / "bin" / "tcp-lifecycle"


# ---- what is refused


def test_a_prefix_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").touch()
    told = refused(LAB, "install", "--prefix", "file/x", cwd=tmp_path, status=1)
    assert told == "lab: cannot write into 'file/x'; allowed is a folder with --prefix DIR, or with root's rights any.\n"


@pytest.mark.parametrize("arguments, told", [
    (["--prefix"], "install --prefix needs a folder."),
    (["--prefix="], "install --prefix needs a folder."),
    (["here"], "install takes only --prefix DIR, not 'here'."),
])  # fmt: skip
def test_arguments_that_install_has_not(arguments, told, tmp_path):
    assert refused(LAB, "install", *arguments, cwd=tmp_path, status=2) == f"lab: {told}\n"


@pytest.mark.parametrize("version", ["0.1", "99"])
def test_a_version_that_is_not_there(prefix, own, version):
    lists = own / "CMakeLists.txt"
    lists.write_text(lists.read_text().replace("tcp-lifecycle REQUIRED", f"tcp-lifecycle {version} REQUIRED"))
    told = refused("cmake", "-G", "Ninja", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", cwd=own, status=1)
    assert f'compatible with requested version "{version}"' in " ".join(told.split())


def test_another_version_of_ns3_than_it_was_built_with(prefix, own):
    package = own / "package"
    shutil.copytree(prefix / "lib" / "cmake" / "tcp-lifecycle", package)
    config = package / "tcp-lifecycle-config.cmake"
    config.write_text(re.sub(r"ns3 \S+ EXACT", "ns3 3.99 EXACT", config.read_text()))
    told = refused("cmake", "-G", "Ninja", "-S", ".", "-B", "build", f"-Dtcp-lifecycle_DIR={package}", cwd=own, status=1)
    assert 'package "ns3" that exactly matches requested version "3.99"' in " ".join(told.split())


@pytest.mark.parametrize("verb", NEED_THE_TREE)
def test_a_verb_that_needs_the_source_tree(prefix, tmp_path, verb):
    told = f"tcp-lifecycle: {verb} needs the source tree, which is not installed; there it is './lab {verb}'.\n"
    assert refused(command_of(prefix), verb, cwd=tmp_path, status=2) == told
    assert refused(command_of(prefix), "help", verb, cwd=tmp_path, status=2) == told


def test_a_verb_that_there_is_not(prefix, tmp_path):
    told = refused(command_of(prefix), "dance", cwd=tmp_path, status=2)
    assert told == "tcp-lifecycle: there is no verb 'dance'; 'tcp-lifecycle help' lists them.\n"


def test_each_verb_is_there_or_needs_the_tree(prefix, tmp_path):
    def verbs(command: Path) -> list[str]:
        return list(dict.fromkeys(line.split()[0] for line in good(command, "help", cwd=tmp_path).splitlines() if line[:3].strip() and line[:2] == "  "))

    assert sorted(verbs(command_of(prefix)) + NEED_THE_TREE) == sorted(verbs(LAB))


# ---- programs


def run_and_plot(program: Path, prefix: Path, cwd: Path) -> None:
    good(program, cwd=cwd)
    good(command_of(prefix), "plot", "my-run", "--only", "ladder", cwd=cwd)
    assert (cwd / "my-run" / "figures" / "ladder.svg").stat().st_size > 0
    assert "drop 1st data" in good(command_of(prefix), "ladder", "my-run", cwd=cwd)


def test_five_lines_of_cmake_build_a_program(prefix, own, tmp_path_factory):
    good("cmake", "-G", "Ninja", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", cwd=own)
    good("cmake", "--build", "build", cwd=own)
    run_and_plot(own / "build" / "my-own-program", prefix, tmp_path_factory.mktemp("elsewhere"))


def test_one_line_of_gpp_builds_a_program(prefix, own, tmp_path_factory):
    flags = good("pkg-config", "--cflags", "--libs", "tcp-lifecycle", cwd=own, PKG_CONFIG_PATH=prefix / "lib" / "pkgconfig")
    good("g++", "main.cc", *shlex.split(flags), "-o", "my-own-program", cwd=own)
    run_and_plot(own / "my-own-program", prefix, tmp_path_factory.mktemp("elsewhere"))


# ---- the command


def test_the_command_runs_plots_and_explains(prefix, tmp_path):
    lab = command_of(prefix)
    good(lab, "run", "--output=first", "--msl=1s", cwd=tmp_path)
    good(lab, "run", "--config=first", "--output=second", "--msl=2s", cwd=tmp_path)
    assert "msl" in call(lab, "diff", "first", "second", cwd=tmp_path).stdout
    assert "time-wait" in good(lab, "summary", "first", cwd=tmp_path)
    good(lab, "plot", "first", "--only", "graph", cwd=tmp_path)
    assert good(lab, "page", "first", "second", "-o", "page.html", cwd=tmp_path) == "page.html\n"
    assert good(lab, "handout", cwd=tmp_path) == "handout.pdf\n" and (tmp_path / "handout.pdf").read_bytes().startswith(b"%PDF")
    assert "RFC 9293" in good(lab, "why", "R-17", cwd=tmp_path)
    (tmp_path / "one.pkt").write_text("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n")
    good(lab, "packetdrill", "one.pkt", cwd=tmp_path)


def test_the_command_sweeps_and_experiments(prefix, tmp_path):
    lab = command_of(prefix)
    (tmp_path / "small.toml").write_text('metrics = ["time-wait-mean@client"]\n[grid]\nmsl = ["1s", "2s"]\n')
    good(lab, "sweep", "run", "small.toml", "-o", "small.sqlite", cwd=tmp_path)
    good(lab, "sweep", "report", "-o", "small.sqlite", cwd=tmp_path)
    good(lab, "experiment", "run", "e18", "--quick", cwd=tmp_path)
    (answer,) = tmp_path.glob("experiments/*/answer.md")
    assert "    tcp-lifecycle experiment run e18-give-up --quick\n" in answer.read_text()


def test_lifecycle_run_is_a_command(prefix, tmp_path):
    good(prefix / "bin" / "lifecycle-run", "--output=run", cwd=tmp_path)
    assert (tmp_path / "run" / "manifest.json").is_file()


# ---- what is left


def test_no_text_names_the_source_tree(prefix):
    texts = [path for path in prefix.rglob("*") if path.is_file() and path.read_bytes()[:4] != b"\x7fELF"]
    assert texts
    assert [path for path in texts if str(ROOT).encode() in path.read_bytes()] == []


def test_one_line_removes_it_all(prefix, tmp_path):
    copy = tmp_path / "prefix"
    shutil.copytree(prefix, copy, symlinks=True)
    files = Path(f"{prefix}/../manifest").read_text().replace(str(prefix), str(copy))
    subprocess.run(["xargs", "rm"], input=files, text=True, check=True)
    assert [path for path in copy.rglob("*") if not path.is_dir()] == []


# ---- what shells complete

BASH = '. "$0"; COMP_LINE=$1 COMP_POINT=${#1}; _tcp_lifecycle tcp-lifecycle; printf "%s\\n" "${COMPREPLY[@]}"'
# In zsh: what compadd is told of, by a function of that name in place of the builtin, which works under an editor alone.
ZSH = """compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -l -- "$@" }; _files() { print files }
words=(${(z)1}); [[ $1 != *' ' ]] || words+=(''); CURRENT=$#words PREFIX=$words[-1]; . $0"""
SHELLS = {
    "bash": (BASH, "share/bash-completion/completions/tcp-lifecycle"),
    "zsh": (ZSH, "share/zsh/site-functions/_tcp-lifecycle"),
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line, found, missing", [
    ("tcp-lifecycle ", {"run", "plot", "sweep", "help"}, {"demo", "test"}),
    ("tcp-lifecycle s", {"sweep", "summary"}, {"run"}),
    ("tcp-lifecycle help d", {"diff"}, {"docs", "run"}),
    ("tcp-lifecycle run --ms", {"--msl=", "--mss="}, {"--loss="}),
    ("tcp-lifecycle run --loss=0.1 --rec", {"--record="}, {"--loss="}),
    ("tcp-lifecycle packetdrill --st", {"--strict-tail"}, {"--preset="}),
    ("tcp-lifecycle packetdrill --", {"--strict-tail", "--preset="}, {"--OPTION"}),
    ("tcp-lifecycle explore --thr", {"--threads="}, {"--script="}),
    ("tcp-lifecycle sweep re", {"report", "rerun"}, {"run"}),
    ("tcp-lifecycle sweep run --eng", {"--engine"}, {"--filter"}),
    ("tcp-lifecycle sweep run --engine ", {"local", "dask"}, {"--engine"}),
    ("tcp-lifecycle plot --on", {"--only"}, {"--format"}),
    ("tcp-lifecycle perfetto --o", {"--output"}, {"--help"}),
    ("tcp-lifecycle experiment run e0", {"e05-last-ack"}, {"half-close"}),
    ("tcp-lifecycle experiment show half", {"half-close"}, {"e05-last-ack"}),
    ("tcp-lifecycle why P3", {"P30", "P31"}, {"T31"}),
])  # fmt: skip
def test_a_shell_completes_a_line(prefix, tmp_path, shell, line, found, missing):
    if not shutil.which(shell, path=ENVIRONMENT["PATH"]):
        pytest.skip(f"there is no {shell} here")
    script, file = SHELLS[shell]
    path = f"{prefix / 'bin'}:{ENVIRONMENT['PATH']}"
    told = good(shell, "-c", script, prefix / file, line, cwd=tmp_path, PATH=path).split()
    assert found <= set(told) and not missing & set(told), told


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_no_verb_that_there_is_not(prefix, tmp_path, shell):
    if not shutil.which(shell, path=ENVIRONMENT["PATH"]):
        pytest.skip(f"there is no {shell} here")
    script, file = SHELLS[shell]
    path = f"{prefix / 'bin'}:{ENVIRONMENT['PATH']}"
    told = good(shell, "-c", script, prefix / file, "tcp-lifecycle dance --", cwd=tmp_path, PATH=path).split()
    assert told in ([], ["files"])
