"""Guards the rooms of analysis/: who may import whom, who speaks SQL, and that each thing is said in one place."""

import ast
import re

import pytest
from test_structure import ROOT, name_of, project_files, text_of

ANALYSIS = ROOT / "analysis"
# What each room may import of the others. What stands in analysis/ itself hands over by name, and imports none of them.
ROOMS = {
    "": {""},
    "base": {"base"},
    "figures": {"base", "figures"},
    "lecture": {"base", "figures", "lecture"},
    "sweep": {"base", "sweep"},
    "experiments": {"base", "figures", "sweep", "experiments"},
}


def modules():
    files = [path for path in project_files() if path.suffix == ".py" and ANALYSIS in path.parents]
    assert {room_of(path) for path in files} == ROOMS.keys()
    return files


def room_of(path):
    """The folder in analysis/ in which a file stands; empty for analysis/ itself."""
    return ("", *path.relative_to(ANALYSIS).parts[:-1])[1 if path.parent != ANALYSIS else 0]


def imported(path, text):
    """What a module imports, wherever in it: the files and folders of analysis/, and the names of others."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1]
            if node.module:
                yield folder.joinpath(*node.module.split("."))
            else:
                yield from (folder / alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def rooms_imported(path, text):
    """The room of each file of analysis/ that a module imports; `outside` for any other way to one."""
    for what in imported(path, text):
        if isinstance(what, str):
            if what.split(".")[0] == "analysis":
                yield "outside"
        elif ANALYSIS in what.parents and (what.is_dir() or what.with_suffix(".py").is_file()):
            yield room_of(what / "any.py" if what.is_dir() else what)
        else:
            yield "outside"


@pytest.mark.parametrize(("file", "text", "rooms"), [
    ("base/why.py", "from . import citations, requirements\nfrom .errors import BadInput", ["base"] * 3),
    ("base/why.py", "def f():\n    from ..sweep.plan import Plan", ["sweep"]),
    ("figures/graph.py", "from ..base.errors import BadInput\nfrom .method.figure import Figure\nfrom .. import sweep", ["base", "figures", "sweep"]),
    ("sweep/plan.py", "import analysis.base\nfrom analysis import figures\nimport json", ["outside", "outside"]),
    ("experiments/half_close.py", "from .method import nothing_such\nfrom ...lab import x", ["experiments", "outside"]),
])  # fmt: skip
def test_the_rule_of_rooms_itself(file, text, rooms):
    assert list(rooms_imported(ANALYSIS / file, text)) == rooms


def test_rooms_import_only_what_they_stand_on():
    wrong = []
    found = set()
    for path in modules():
        for room in rooms_imported(path, text_of(path)):
            found.add((room_of(path), room))
            if room not in ROOMS[room_of(path)]:
                wrong.append(f"{name_of(path)} imports of {room}")
    assert wrong == []
    assert {("figures", "base"), ("sweep", "base"), ("experiments", "figures"), ("experiments", "sweep")} <= found


def test_what_others_import_of_the_rooms_is_there():
    """Also in programs that no test runs, such as bench/."""
    wrong, found = [], 0
    for path in project_files():
        for what in imported(path, text_of(path)) if path.suffix == ".py" and ANALYSIS not in path.parents else ():
            if isinstance(what, str) and what.split(".")[0] == "analysis":
                found += 1
                place = ROOT.joinpath(*what.split("."))
                wrong += [] if place.is_dir() or place.with_suffix(".py").is_file() else [f"{name_of(path)} imports {what}"]
    assert found > 50 and wrong == []


def test_nothing_stands_beside_the_rooms():
    """What analysis/ holds itself is the door, and the table that the C++ tests write."""
    here = {path.name for path in project_files() if path.parent == ANALYSIS}
    assert here == {"__init__.py", "__main__.py", "transition-table.csv"}
    assert {path.relative_to(ANALYSIS).parts[0] for path in project_files() if ANALYSIS in path.parents} - here == ROOMS.keys() - {""}


def test_the_door_knows_where_each_verb_is():
    from importlib import import_module

    from analysis.__main__ import VERBS

    assert VERBS
    for verb, module in VERBS.items():
        assert callable(import_module(f"analysis.{module}").main), verb
        assert re.search(rf'-m analysis (?:"\$\{{verb%% \*\}}"|{verb})\b', text_of(ROOT / "lab")), f"lab never asks for {verb}"


def test_sql_is_spoken_in_the_store_alone():
    sql = re.compile(r"\b(?:SELECT|INSERT (?:OR \w+ )?INTO|DELETE FROM|PRAGMA|UPDATE \w+ SET)\b")
    speakers = {name_of(path) for path in modules() if sql.search(text_of(path)) or "sqlite3" in imported(path, text_of(path))}
    assert speakers == {"analysis/sweep/store.py"}


def test_users_are_sent_to_lab_not_to_modules():
    """`python -m` is how lab hands over; nobody else needs to know."""
    read = [path for path in project_files() if path.suffix in (".md", ".rst", ".toml", ".jinja") or path.name == "lab"]
    read += [path for path in modules()]
    assert len(read) > 80
    assert [name_of(path) for path in read if re.search(r"python3?(?:\.\d+)? +(?:-\w+ +)*-m\b", text_of(path))] == []


def test_only_one_module_makes_parsers():
    """So that all verbs have the same words, errors and exit statuses."""
    makers = {name_of(path) for path in modules() if "ArgumentParser(" in text_of(path)}
    assert makers == {"analysis/base/command_line.py"}


def test_units_of_times_are_read_in_one_place():
    tables = {name_of(path) for path in modules() if re.search(r"[\"']us[\"']\s*:", text_of(path))}
    assert tables == {"analysis/base/times.py"}


def test_the_program_alone_lists_its_presets():
    """But for the experiment that varies them, and says so."""
    files = [*modules(), ROOT / "lab", ROOT / "doc" / "handbook.py"]
    lists = {name_of(path) for path in files if {"linux", "freebsd", "textbook"} <= set(re.findall(r"\w+", text_of(path)))}
    assert lists == {"analysis/experiments/e12_keepalive_detection.py"}
