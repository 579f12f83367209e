"""What the caption of a sweep's figure says: how to read it, what theory it shows, what is left out, how to repeat it."""

from __future__ import annotations

from .lines import about_lines
from .statistics import misses_by_chance
from .sweep_file import FigureSpec
from .tables import Estimates


def caption(table: Estimates, spec: FigureSpec) -> list[str]:
    plan = table.plan
    sweep = plan.sweep
    counts = sorted({c.runs for c in table.cells})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    lines = [f"{spec.about}." if spec.about else ""]
    about, joined = about_lines(table, spec) if spec.kind == "lines" else ([], False)
    if spec.kind == "lines":
        told = "bars and bands: " if not spec.relative else "bars: "
        method = table.cells[0].estimates[spec.metric].method
        if method == "exact":
            lines.append(f"{n} replications a point, each compared exactly." if n != "1" else "One run a point.")
        else:
            how = f"{told}{100 * sweep.confidence:.6g} % confidence interval, {method}"
            lines.append(f"Mean of {n} replications a point ({how}).")
    else:
        lines.append(_heat_map(table, spec, n))
    if spec.closed_form:
        form = table.cells[0].forms[spec.closed_form]
        dashed = "Dashed" if spec.kind == "lines" and not spec.relative and joined else "Closed form"
        lines.append(f"{dashed}: {table.formula(spec.metric, spec.closed_form)} ({form.source}).")
        lines += table.without_theory(spec.metric, spec.closed_form)
        missed, compared = table.misses(spec.metric, spec.closed_form)
        if compared:
            allowed = misses_by_chance(compared, sweep.confidence)
            lines.append(f"{missed} of {compared} intervals miss it; chance allows up to {allowed}"
                         f"{'' if not sweep.replications.common_random_numbers else ' were they independent'} "
                         f"(binomial, 99.9 %).")  # fmt: skip
        widest = table.widest(spec.metric)
        if widest:
            lines.append(f"Widest half interval: {widest:.2%} of its mean.")
    lines += about
    lines += _counterfactuals(table)
    lines += _left_out(table, spec)
    given = {**sweep.fixed, **{n: f.text for n, f in sweep.dependent.items()}}
    lines.append(f"{sweep.name}, {plan.program.name} model {plan.program.model[:12]}, ns-3 {plan.program.ns3_version}; "
                 f"{table.runs} runs, RngSeed {sweep.replications.seed}.")  # fmt: skip
    if given:
        lines.append("Held: " + ", ".join(f"{name} {text}" for name, text in given.items()) + "; all else at its default.")
    return [line for line in lines if line]


def _heat_map(table: Estimates, spec: FigureSpec, n: str) -> str:
    told = f"Mean of {n} replications a point" if n != "1" else "One run a point"
    if spec.intervals:
        told += f", below it half its {100 * table.plan.sweep.confidence:.6g} % confidence interval"
    has_zero = any(cell.estimates[spec.metric].mean == 0 for cell in table.cells)
    return told + (". Hatched: exactly 0." if has_zero and not spec.relative else ".")


def _left_out(table: Estimates, spec: FigureSpec) -> list[str]:
    """What there is no value of, and why."""
    lines = []
    if table.lacking(spec.metric):
        lines.append(f"{table.lacking(spec.metric)} of {table.runs} runs have no value of {spec.metric}; the mean is over the others, "
                     "and beside it stands how many they are.")  # fmt: skip
    empty = sum(cell.estimates[spec.metric].n == 0 for cell in table.cells)
    if empty:
        lines.append(f"At {empty} of {len(table.cells)} points no run has one.")
    if table.failed:
        lines.append(f"{table.failed} runs FAILED; of a point the replications before the first that is missing are taken.")
    lacking = len(table.plan.points) - len(table.cells)
    if lacking:
        why = "no run yet" if not table.failed else "no run that counts"
        lines.append(f"{lacking} of {len(table.plan.points)} points have {why} and are not drawn.")
    return lines


def _counterfactuals(table: Estimates) -> list[str]:
    """Which are in force at all points, and which at some."""
    named = list(dict.fromkeys(name for cell in table.cells for name in cell.counterfactuals))
    everywhere = [name for name in named if all(name in cell.counterfactuals for cell in table.cells)]
    somewhere = [name for name in named if name not in everywhere]
    return [f"COUNTERFACTUAL{where}: {', '.join(names)}."
            for where, names in (("", everywhere), (" at some points", somewhere)) if names]  # fmt: skip
