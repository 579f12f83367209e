"""The handbook's Sphinx extension: directives for what the build has made in build/docs, and two roles.

`./lab docs` has run the experiments, played the tutorial, and written type-ids.json, lifecycle-run.json and the help of each verb before
Sphinx starts.
"""

import csv
import json
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE = ROOT / "build" / "docs"
# Those that take seconds, in this order.
SHOWN = ("handshake-anatomy", "third-segment", "sequence-numbers", "e04-segments-to-close", "half-close", "simultaneous-close",
         "who-is-closed-first", "e06-old-duplicates", "e10-reopening", "rfc1337-figures", "e18-give-up")  # fmt: skip
UNSET = " (unset)"
EMPTY = '""'  # a text of no characters


def plain(text):
    """As reStructuredText that shows just these characters."""
    return re.sub(r"([\\`*_|<])", r"\\\1", " ".join(text.split()))


def table(widths, head, rows):
    """A list-table; an empty row would be an empty table."""
    assert rows, head
    lines = [".. list-table::", f"   :widths: {widths}", "   :header-rows: 1", ""]
    for row in [head, *rows]:
        lines += [f"   {'*' if i == 0 else ' '} - {cell}".rstrip() for i, cell in enumerate(row)]
    return [*lines, ""]


def in_units(text):
    """Times, which ns-3 prints in nanoseconds, in the largest unit of which there is a whole one."""
    def readable(match):
        nanoseconds = float(match[1])
        unit, size = next((u for u in (("s", 1e9), ("ms", 1e6), ("us", 1e3)) if nanoseconds >= u[1]), ("ns", 1))
        return f"{nanoseconds / size:g}{unit if nanoseconds else 's'}"

    return re.sub(r"\+(\d[\d.e+]*)ns\b", readable, text)


def described():
    """What lifecycle-run says of itself."""
    return json.loads((MADE / "lifecycle-run.json").read_text(encoding="utf-8"))


# ---- what the directives write


def attributes(name):
    """Attributes and trace sources of one TypeId."""
    types = {each["name"]: each for each in json.loads((MADE / "type-ids.json").read_text(encoding="utf-8"))}
    if name not in types:
        raise ValueError(f"{name!r} is no TypeId of the module; there are {', '.join(types)}")
    it = types[name]
    lines = [f"A ``{it['parent']}``.", ""]
    rows = [(f"``{a['name']}``", plain(in_units(a["type"]).removeprefix("ns3::")),
             f"``{in_units(initial)}``" if (initial := a["initial"].removesuffix(UNSET).strip()) else "", plain(a["help"]))
            for a in it["attributes"]]  # fmt: skip
    if rows:
        lines += table("22 22 16 40", ("attribute", "type", "initially", "meaning"), rows)
    rows = [(f"``{t['name']}``", f"``{t['callback']}``", plain(t["help"])) for t in it["trace-sources"]]
    if rows:
        lines += table("22 38 40", ("trace source", "signature", "tells"), rows)
    return lines


def presets(_):
    """The options in which presets differ."""
    from analysis.base.program import Program

    program = Program("lifecycle-run", described())
    values = [program.defaults(name) for name in program.presets]
    rows = [(f"``--{name}``", *(f"``{each[name] or EMPTY}``" for each in values))
            for name in values[0]
            if name != "preset" and len({each[name] for each in values}) > 1]  # fmt: skip
    return table("36" + " 16" * len(values), ("option", *program.presets), rows)


def systems(_):
    """Which version of which system a preset stands for, and what it has not of it."""
    return table("15 20 65", ("preset", "stands for", "has not"),
                 [(f"``{each['preset']}``", plain(each["version"]), plain(each["lacks"])) for each in described()["systems"]])  # fmt: skip


def departures(_):
    """What the presets that are systems do otherwise than rfc9293: the value of each, and words."""
    from analysis.base.program import Program

    program = Program("lifecycle-run", described())
    options = {p["attribute"].rpartition("::")[2]: p["name"] for p in described()["parameters"] if "attribute" in p}
    presets = ("rfc9293", "linux", "freebsd")
    values = {preset: program.defaults(preset) for preset in presets}

    def told(departure, preset):
        value = values[preset][options[departure["attribute"]]]
        return f"``{value}``" + (f": {plain(departure[preset])}" if departure[preset] else "")

    rows = [(f"``{d['attribute']}``", *(told(d, preset) for preset in presets), plain(d["source"]), "yes" if d["inputs-show"] else "no")
            for d in described()["departures"]]  # fmt: skip
    return table("14 20 20 20 18 8", ("attribute", *presets, "source", "inputs show it"), rows)


def transitions(_):
    """All transitions of the machine."""
    with open(ROOT / "analysis" / "transition-table.csv", encoding="utf-8", newline="") as file:
        rows = [(f"``{r['id']}``", r["from"], r["to"], plain(r["trigger"]), r["class"], r["default"], r["section"])
                for r in csv.DictReader(file)]  # fmt: skip
    return table("10 17 17 28 8 10 10", ("id", "from", "to", "because of", "class", "default", "RFC 9293"), rows)


def metrics(_):
    """What each metric of a summary is, and which closed forms speak of it; what names it leads to its entry."""
    from analysis.base.theory import OF_METRIC

    lines = []
    for metric in described()["metrics"]:
        name, unit = metric["name"], "" if metric["unit"] == "1" else f" [{plain(metric['unit'])}]"
        theory = ", ".join(f"``{form}``" for form in OF_METRIC.get(name, ()))
        lines += [f".. _metric-{name}:", "", f"``{name}``{unit}", f"   {plain(metric['meaning'])}." + (f" Closed forms: {theory}." if theory else ""), ""]
    return lines


def places():
    """The page and the anchor to which a name leads wherever it stands as code: metrics, closed forms, and files of a run folder."""
    from analysis.base.theory import CLOSED_FORMS

    files = ["manifest.json", "host.json", "transitions.csv", "segments.csv", "timers.csv", "occupancy.csv", "connections.csv", "summary.json"]
    return ({metric["name"]: ("run-folder", f"metric-{metric['name']}") for metric in described()["metrics"]}
            | {name: ("theory", f"closed-form-{name}") for name in CLOSED_FORMS}
            | {name: ("run-folder", name.replace(".", "-")) for name in files})  # fmt: skip


def figures(_):
    """What each figure of run folders shows, and what a run must have recorded for it."""
    from analysis.figures.method.figure import load, names

    return table("15 55 30", ("figure", "shows", "needs"), [(f"``{name}``", plain(load(name).shows), plain(load(name).needs())) for name in names()])


def theory(_):
    """Each closed form, and what it assumes."""
    from analysis.base.conditions import PLAIN
    from analysis.base.theory import CLOSED_FORMS

    def bullets(conditions):
        return [f"   - {plain(condition.sentence)}" for condition in conditions]

    lines = ["Each of them assumes that:", "", *(line.strip() for line in bullets(PLAIN)), ""]
    for name, form in CLOSED_FORMS.items():
        lines += [f".. _closed-form-{name}:", "", f"``{name}``", f"   ``{form.formula}``   ({plain(form.source)})", "",
                  "   It assumes besides that:", "", *bullets(c for c in form.conditions if c not in PLAIN), ""]  # fmt: skip
    return lines


def verbs(_):
    """What `lab help VERB` prints, of each verb."""
    lines = []
    for file in sorted((MADE / "help").glob("*.txt")):
        name = file.stem
        lines += [f".. _verb-{name}:", "", name, "-" * len(name), "", ".. code-block:: none", ""]
        lines += [f"   {line}".rstrip() for line in textwrap.dedent(file.read_text(encoding="utf-8")).splitlines()] + [""]
    return lines


def options(_):
    """Each option of lifecycle-run, by group; :option: leads there."""
    from analysis.base.program import Program

    program = Program("lifecycle-run", described())
    lines, group = [".. program:: lifecycle-run", ""], ""
    for told in described()["parameters"]:
        if told["group"] != group:
            group = told["group"]
            lines += [".. rubric:: " + plain(group), ""]
        option = program.options[told["name"]]
        initial = f"``{option.default}``" if option.default else "nothing"
        lines += [f".. option:: --{option.name}", "", f"   {plain(option.help)}. By default {initial}; {plain(option.allowed())}.", ""]
        if "attribute" in told:
            lines += [f"   In a program: ``{told['attribute']}``.", ""]
    return lines


def questions(_):
    """Each experiment: the question, and which teaching errors it refutes; what :experiment: leads to."""
    from analysis.experiments.method.catalogue import load, names

    lines = []
    for name in names():
        lines += [f".. _experiment-{name}:", "", f"``{name}``", f"   {plain(load(name).question)}", ""]
    return lines


def answers(_):
    """What the experiments that were run have found, with all their figures."""
    lines = []
    for name in SHOWN:
        folder = MADE / "experiments" / name
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        lines += [f".. rubric:: {plain(result['question'])}", "", plain(result["answer"]),
                  f"Verdict: *{result['verdict']}*.", ""]  # fmt: skip
        for picture in sorted(folder.glob("*.png")):
            lines += [f".. figure:: ../build/docs/experiments/{name}/{picture.name}", "   :width: 85%",
                      f"   :alt: {picture.stem} of {name}", ""]  # fmt: skip
    return lines


WRITERS = {"type-id": attributes, "presets": presets, "systems": systems, "departures": departures, "transitions": transitions, "metrics": metrics,
           "theory": theory, "figure-list": figures, "verb-list": verbs, "option-list": options, "experiment-list": questions,
           "experiment-answers": answers}  # fmt: skip


def setup(app):
    from docutils import nodes
    from docutils.parsers.rst import Directive
    from docutils.statemachine import StringList
    from sphinx.addnodes import pending_xref
    from sphinx.util.nodes import nested_parse_with_titles

    import ids

    class Written(Directive):
        optional_arguments = 1

        def run(self):
            lines = WRITERS[self.name](self.arguments[0] if self.arguments else None)
            node = nodes.Element()
            nested_parse_with_titles(self.state, StringList(lines, source=self.name), node)
            return node.children

    def experiment(role, raw, text, line, inliner, options=None, content=None):
        shown = nodes.literal(text, text)
        return [pending_xref("", shown, refdomain="std", reftype="ref", reftarget=f"experiment-{text}",
                             refexplicit=True, refwarn=True, refdoc=app.env.docname)], []  # fmt: skip

    for name in WRITERS:
        app.add_directive(name, Written)
    app.add_role("experiment", experiment)
    # Where test/structure looks whether there is such a test.
    app.add_generic_role("test", nodes.literal)
    ids.setup(app, places())


if __name__ == "__main__":
    print(*SHOWN)
