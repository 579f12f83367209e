"""What an experiment leaves behind: answer.md, its figures, its sweep files, and result.json."""

from __future__ import annotations

import json
import math
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

from ...base import picture
from ...base.errors import BadInput
from ...base.files import LAB, write_all
from ...base.look import Look
from ...base.progress import Progress
from ...base.run_folder import RunFolder
from ...base.summary import number as summary_number
from ...base.theory import pretty
from ...figures.method.figure import TOO_NARROW, drawn, options
from ...sweep.figures import draw
from ...sweep.statistics import quantile
from ...sweep.sweep_file import FigureSpec
from .conduct import Conducted, Judged, Outcome, sweep_text
from .declaration import Chart, Headline
from .size import reason
from .verdict import LEVEL, Mean, known

SHOWN = ("png", "svg", "pdf")  # in answer.md the first of these that is made


def sentence(outcome: Outcome) -> str:
    """The answer in one sentence, with the numbers that were measured."""
    told = outcome.experiment.answer.format(
        **{name: _headline(outcome, headline) for name, headline in outcome.experiment.headlines.items()}
    )
    return told[0].upper() + told[1:]


def write(outcome: Outcome, folder: Path, look: Look = Look()) -> list[Path]:
    """Writes everything into `folder`; returns the files, the answer first."""
    with look.taken(), Progress(outcome.name, "figure", sum(len(conducted.part.figures) for conducted in outcome.parts)) as progress:
        return _write(outcome, folder, look.formats, progress)


def _write(outcome: Outcome, folder: Path, formats: Sequence[str], progress: Progress) -> list[Path]:
    files: dict[str, bytes] = {}
    ending = next(kind for kind in SHOWN if kind in formats)
    figures: list[str] = []  # as answer.md shows them
    for conducted in outcome.parts:
        text = sweep_text(conducted.part, outcome.experiment.question, conducted.count, outcome.request.seed)
        files[f"{conducted.part.name}.toml"] = text.encode()
        for stem, figure in _figures(outcome, conducted):
            try:
                files |= {path.name: content for path, content in picture.files(Path(stem), figure(), formats).items()}
                figures.append(f"![{stem}]({stem}.{ending})")
            except BadInput as problem:  # a broken machine may have opened no such connection
                figures.append(f"{stem} is not drawn: {problem}")
            progress.step()
    files["result.json"] = (json.dumps(_result(outcome), indent=2) + "\n").encode()
    files["answer.md"] = _markdown(outcome, figures).encode()
    write_all({folder / name: content for name, content in files.items()})
    return [folder / name for name in reversed(files)]


# ---- numbers in words


def number(value: float | str) -> str:
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return "-"
    return summary_number(value)


def interval(judged: Judged) -> str:
    f = judged.finding
    return "" if math.isnan(f.low) else f"{f.low:.6g} to {f.high:.6g}"


def _unit(outcome: Outcome, judged: Judged) -> str:
    conducted = next(c for c in outcome.parts if c.part is judged.part)
    if isinstance(judged.finding.theory, str):
        return ""
    unit = conducted.plan.sweep.unit_of(judged.claim.metric, conducted.plan.program)
    of = getattr(judged.claim, "of", "")
    return "" if unit == "1" or of else unit  # a share of things is no number of things


def _with_unit(value: float | str, unit: str) -> str:
    """A value and its unit, of which things are named in the plural."""
    told = number(value)
    return f"{told} {unit.removesuffix('s') if told == '1' and unit != 's' else unit}".rstrip()


def _headline(outcome: Outcome, headline: Headline) -> str:
    for j in outcome.judged:
        if (j.part.name, j.claim.metric) == (headline.part, headline.metric) and headline.at.items() <= j.at.items():
            unit = _unit(outcome, j)
            theory = f"theory: {'at most ' if getattr(j.claim, 'at_most', False) else ''}{number(j.finding.theory)}"
            if not interval(j):
                return f"{_with_unit(j.finding.measured, unit)} ({theory})"
            f = j.finding
            return f"{f'{f.measured:.4g} {unit}'.rstrip()} ({f.low:.4g} to {f.high:.4g} at {100 * LEVEL:.4g} %; {theory})"
    raise BadInput(f"{outcome.name}: no claim of {headline.part} about {headline.metric} at {dict(headline.at)}")


# ---- figures


def _figures(outcome: Outcome, conducted: Conducted) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The name of each figure, and what draws it."""
    several = len(conducted.part.figures) > 1
    for i, what in enumerate(conducted.part.figures, 1):
        stem = f"{conducted.part.name}{f'-{i}' if several else ''}"
        if isinstance(what, Chart):
            yield f"{stem}-{what.kind}", partial(_chart, what, _folder_of(conducted, what), outcome)
        elif conducted.table:
            yield stem, partial(draw, conducted.table, _with_theory(what, outcome, conducted))


def _folder_of(conducted: Conducted, chart: Chart) -> Path:
    for point in conducted.plan.points:
        at = dict(zip(conducted.plan.sweep.varied, point.varied))
        if chart.at.items() <= at.items():
            return conducted.folder(point, 1)
    raise BadInput(f"{conducted.part.name}: no point is at {dict(chart.at)}")


def _with_theory(spec: FigureSpec, outcome: Outcome, conducted: Conducted) -> FigureSpec:
    claimed = any(spec.metric == claim.metric for claim in conducted.part.claims)
    title = f"{outcome.request.title(outcome.name)}, {conducted.part.name}{_wrong(outcome)}"
    return FigureSpec(**{**vars(spec), "closed_form": spec.metric if claimed else "", "about": title})


def _wrong(outcome: Outcome) -> str:
    options = ", ".join(f"{name} = {value}" for name, value in outcome.request.broken.items())
    return f", MACHINE BROKEN ON PURPOSE: {options}; theory is of the whole one" if options else ""


def _chart(chart: Chart, path: Path, outcome: Outcome):
    title = f"{outcome.request.title(outcome.name)}{_wrong(outcome)}."
    notes: list[tuple[Path, str]] = []
    figure = drawn(chart.kind, [RunFolder(path)], options(connection=chart.connection, segments=True), notes, title)
    for text in (text for _, text in notes if TOO_NARROW in text):
        print(f"{outcome.name}: {text}", file=sys.stderr)
    return figure


# ---- files


def _result(outcome: Outcome) -> dict[str, Any]:
    finite = lambda x: None if isinstance(x, float) and math.isnan(x) else x  # noqa: E731
    first = outcome.parts[0].plan
    return {
        "schema": 1,
        "name": outcome.name,
        "question": outcome.experiment.question,
        "verdict": str(outcome.verdict),
        "answer": sentence(outcome),
        "quick": outcome.request.quick,
        "broken": dict(outcome.request.broken),
        "useless-runs": {key: why for conducted in outcome.parts for key, why in conducted.useless.items()},
        "model": first.program.model,
        "ns3-version": first.program.ns3_version,
        "rng-seed": outcome.request.seed,
        "level": LEVEL,
        "confidence-of-each-interval": outcome.level,
        "findings": [
            {
                "part": j.part.name,
                "metric": j.claim.metric,
                "unit": _unit(outcome, j),
                "at": dict(j.at),
                "runs": j.finding.n,
                "measured": finite(j.finding.measured),
                "low": finite(j.finding.low),
                "high": finite(j.finding.high),
                "theory": finite(j.finding.theory),
                "bound": getattr(j.claim, "at_most", False),
                "formula": j.claim.formula,
                "source": j.claim.source,
                "verdict": str(j.finding.verdict),
                "why": j.finding.why,
                **_deviations(j, outcome.level),
            }
            for j in outcome.judged
        ],
    }


def _deviations(judged: Judged, level: float) -> dict[str, float]:
    """Of a mean: by how much a run was taken to deviate when their number was chosen, and by how much they do."""
    f, claim = judged.finding, judged.claim
    if not isinstance(claim, Mean) or math.isnan(f.low):
        return {}
    measured = (f.high - f.low) / 2 / quantile(f.n - 1, level) * math.sqrt(f.n) / abs(f.theory)
    return {"deviation-expected": known(claim.deviation, judged.values), "deviation-measured": measured}


def _markdown(outcome: Outcome, figures: list[str]) -> str:
    e = outcome.experiment
    lines = [f"# {outcome.request.title(outcome.name)}", "", f"**{e.question}**", "", f"Verdict: **{outcome.verdict}**.", "", sentence(outcome), ""]
    if outcome.request.broken:
        lines += [_wrong(outcome).removeprefix(", ") + ".", ""]
    if e.scaled:
        lines += [f"Scaled: {e.scaled}", ""]
    if e.refutes:
        lines += ["This refutes:", "", *(f"- {claim}" for claim in e.refutes), ""]
    for conducted in outcome.parts:
        lines += _part(outcome, conducted)
    for figure in figures:
        lines += [figure, ""]
    lines += _repeat(outcome)
    return "\n".join(lines)


def _part(outcome: Outcome, conducted: Conducted) -> list[str]:
    part, varied = conducted.part, conducted.plan.sweep.varied
    judged = [j for j in outcome.judged if j.part is part]
    lines = [f"## {part.name}", ""]
    for claim in part.claims:
        lines.append(f"- {claim.metric}: {'at most ' if getattr(claim, 'at_most', False) else ''}{pretty(claim.formula)} "
                     f"({claim.source})")  # fmt: skip
    why = reason(part, conducted.theory)
    lines += ["", why] if why else []
    head = [*varied, "metric", "n", "measured", "interval", "theory", "verdict", "because"]
    lines += ["", _row(head), _row(["---"] * len(head))]
    for j in judged:
        unit = _unit(outcome, j)
        f = j.finding
        lines.append(_row([*j.at.values(), j.claim.metric, str(f.n), _with_unit(f.measured, unit), interval(j),
                           _with_unit(f.theory, unit), f"**{f.verdict}**" if not f.verdict.holds else str(f.verdict), f.why]))  # fmt: skip
    return [*lines, ""]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _repeat(outcome: Outcome) -> list[str]:
    first = outcome.parts[0].plan
    command = [LAB, "experiment", "run", outcome.name]
    command += ["--quick"] if outcome.request.quick else []
    command += [f"--seed={outcome.request.seed}"] if outcome.request.seed != 1 else []
    command += [word for name, value in outcome.request.broken.items() for word in ("--break", f"{name}={value}")]
    one = shlex.join([LAB, "run", *first.arguments(first.run(first.points[0], 1)), "--output=run"])
    each = ", ".join(f"{c.part.name} {c.runs}" for c in outcome.parts)
    return [
        "## How to repeat it",
        "",
        f"    {shlex.join(command)}",
        "",
        f"Each part is a sweep file that stands here ({', '.join(f'{c.part.name}.toml' for c in outcome.parts)}); its runs are "
        f"in {outcome.parts[0].store.name} (runs: {each}), which `{LAB} sweep` reads. One of them:",
        "",
        f"    {one}",
        "",
        f"RngSeed {outcome.request.seed}, RngRun 1 to n at every point, n fixed beforehand. Each interval has a "
        f"confidence of {100 * outcome.level:.6g} %, so that all of them together hold at {100 * LEVEL:.4g} % (Bonferroni). "
        f"Model {first.program.model[:12]}, ns-3 {first.program.ns3_version}.",
        "",
    ]


def line(outcome: Outcome, seconds: float) -> str:
    """One line about an experiment that is done; what does not hold follows below it."""
    bad = [j for j in outcome.judged if not j.finding.verdict.holds]
    text = f"{str(outcome.verdict):<13} {outcome.request.title(outcome.name)}  ({seconds:.1f} s)"
    for j in bad[:3]:
        at = "".join(f" {name}={value}" for name, value in j.at.items())
        text += f"\n              {j.part.name}{at}: {j.claim.metric} is {number(j.finding.measured)}, theory {number(j.finding.theory)}: {j.finding.why}"  # fmt: skip
    if len(bad) > 3:
        text += f"\n              and {len(bad) - 3} more; answer.md has all"
    useless = [why for conducted in outcome.parts for why in conducted.useless.values()]
    if useless:
        runs = sum(len(conducted.plan.points) * conducted.count for conducted in outcome.parts)
        text += f"\n              {len(useless)} of {runs} runs told nothing, the first because: {useless[0]}"
    return text


