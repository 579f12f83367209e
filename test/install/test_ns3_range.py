"""A version of ns-3 outside of the range that was tried is told in one sentence, alone and in contrib/ of ns-3."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RANGE = dict(re.findall(r"^set\(NS3_(OLDEST|NEWEST) (.+)\)$", (ROOT / "ns3-versions.cmake").read_text(), re.MULTILINE))
OLDER = "3.36 is older than 3.37, the oldest that tcp-lifecycle supports"
NEWER = "3.49 is newer than 3.48, the newest with which tcp-lifecycle was tried"
STOPS, GOES_ON = "-DTCP_LIFECYCLE_ANY_NS3=ON goes on all the same.", "-DTCP_LIFECYCLE_ANY_NS3=OFF would stop here."
# What an ns-3 tree is to its contrib/: the command that makes modules, and the version.
TREE = """cmake_minimum_required(VERSION 3.22)
project(ns3 LANGUAGES CXX)
function(build_lib)
  message(STATUS "build_lib was called")
endfunction()
set(NS3_VER "{}")
add_subdirectory({} contrib/tcp-lifecycle)
"""


def told(folder: Path, *arguments: object) -> tuple[int, str, str]:
    """Status, standard output and standard error of cmake, these on one line."""
    done = subprocess.run(["cmake", "-G", "Ninja", "-S", folder, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, " ".join(done.stderr.split())


def in_contrib(folder: Path, version: str, *options: str) -> tuple[int, str, str]:
    (folder / "CMakeLists.txt").write_text(TREE.format(version, ROOT))
    return told(folder, "-B", folder / "build", *options)


def test_the_range_stands_in_one_place():
    assert RANGE == {"OLDEST": "3.37", "NEWEST": "3.48"}


def test_an_older_version_stops(tmp_path):
    status, out, err = in_contrib(tmp_path, "3.36")
    assert status == 1 and "build_lib was called" not in out
    assert f"ns-3 {OLDER}; {STOPS}" in err


def test_an_older_version_goes_on_if_the_user_wants(tmp_path):
    status, out, err = in_contrib(tmp_path, "3.36", "-DTCP_LIFECYCLE_ANY_NS3=ON")
    assert status == 0 and "build_lib was called" in out
    assert f"ns-3 {OLDER}; {GOES_ON}" in err


def test_a_newer_version_goes_on_with_a_warning(tmp_path):
    status, out, err = in_contrib(tmp_path, "3.49")
    assert status == 0 and "build_lib was called" in out
    assert f"CMake Warning at {ROOT}/ns3-versions.cmake" in err and f"ns-3 {NEWER}; {GOES_ON}" in err


def test_a_newer_version_stops_if_the_user_wants(tmp_path):
    status, out, err = in_contrib(tmp_path, "3.49", "-DTCP_LIFECYCLE_ANY_NS3=OFF")
    assert status == 1 and "build_lib was called" not in out
    assert f"ns-3 {NEWER}; {STOPS}" in err


def test_what_has_no_number_is_taken_for_newer(tmp_path):
    status, _, err = in_contrib(tmp_path, "3-dev")
    assert status == 0 and "ns-3 3-dev is newer than 3.48" in err


@pytest.mark.parametrize("version", ["3.37", "3.48", "3.48.1", "3.48-dev"])
def test_nothing_is_said_within_the_range(tmp_path, version):
    status, out, err = in_contrib(tmp_path, version)
    assert status == 0 and "build_lib was called" in out and "ns-3" not in err


def test_it_holds_for_an_installed_ns3_too(tmp_path):
    (tmp_path / "ns3-config.cmake").touch()
    (tmp_path / "ns3-config-version.cmake").write_text("set(PACKAGE_VERSION 3.36)\n")
    status, _, err = told(ROOT, "-B", tmp_path / "build", f"-Dns3_DIR={tmp_path}")
    assert status == 1 and f"ns-3 {OLDER}; {STOPS}" in err
