"""Figures of a sweep for a paper, and its points as a table: what has no place is refused; then words, theory, panels, maps."""

from __future__ import annotations

import io
import sys

import pytest
from sweeping import PROGRAM, ROOT, SMALL, good, sweep, write

sys.path.insert(0, str(ROOT))
from analysis.base import picture  # noqa: E402
from analysis.base.errors import BadInput  # noqa: E402
from analysis.base.program import Program  # noqa: E402
from analysis.base.theory import CLOSED_FORMS  # noqa: E402
from analysis.sweep.figures import draw  # noqa: E402
from analysis.sweep.plan import Plan  # noqa: E402
from analysis.sweep.statistics import estimate  # noqa: E402
from analysis.sweep.sweep_file import read_sweep  # noqa: E402
from analysis.sweep.tables import Cell, Estimates  # noqa: E402

METRIC = "time-wait-mean@client"


@pytest.fixture(scope="module")
def program():
    return Program.ask(PROGRAM)


@pytest.fixture
def drawn(program):
    """The figure of a sweep file, whose runs measure what `value` says of the options of their point."""

    def make(grid: str, figure: str, value=lambda options: 1.0, more: str = "", condition=None, **look):
        text = f'metrics = ["{METRIC}"]\n[fixed]\narrivals = "poisson"\n{more}\n[grid]\n{grid}\n[[figure]]\nmetric = "{METRIC}"\n{figure}\n'
        plan = Plan(read_sweep("some.toml", text, program), program)
        cells = []
        for point in plan.points:
            options = plan.values(point)
            if condition is None or condition(options):
                middle = value(options)
                cells.append(Cell(point, options, {METRIC: estimate([middle * 0.98, middle * 1.02], 0.95)}, runs=2))
        with picture.dressed(picture.Dress(**look)):
            figure = draw(Estimates(plan, cells, 2 * len(cells)), plan.sweep.figures[0])
            figure.canvas.draw()
            return figure

    return make


MSL = 'msl = ["1s", "2s", "4s"]'
RATE = "rate = [1, 2]"
LOSS = "loss = [0, 0.1]"
HEAT = 'kind = "heat-map"\nx = "msl"\ny = "rate"'

# ---- what is refused


@pytest.mark.parametrize(("figure", "words"), [
    ('x = "msl"\npanels = ["rate", "loss", "clients"]', "panels: rate, loss, clients are 3 options; allowed are up to 2"),
    ('x = "msl"\nseries = "rate"\nintervals = true', "intervals: lines show theirs anyway; allowed in a heat-map"),
    ('x = "msl"\nintervals = 1', "intervals: 1 is not allowed; allowed is true or false"),
    (f'x = "msl"\ny-label = "{301 * "y"}"', "y-label: '"),
    ('x = "msl"\nx-label = 5', "x-label: 5 is not allowed; allowed is a text"),
    ('x = "msl"\nxlabel = "t"', "'xlabel' is no key of [figure]; the nearest is 'x-label'"),
])  # fmt: skip
def test_a_figure_that_cannot_be_is_refused_with_its_line(program, figure, words):
    text = f'metrics = ["{METRIC}"]\n[grid]\n{MSL}\n{RATE}\n{LOSS}\nclients = [1, 2]\n[[figure]]\nmetric = "{METRIC}"\n{figure}\n'
    with pytest.raises(BadInput) as refused:
        read_sweep("some.toml", text, program)
    assert str(refused.value).startswith("some.toml, line ") and words in str(refused.value)


@pytest.mark.parametrize(("figure", "where"), [
    ('x = "msl"\nseries = "rate"', "series or panels"),
    (HEAT, "panels"),
])  # fmt: skip
def test_what_varies_and_has_no_place_is_refused(drawn, figure, where):
    """It is not drawn in the colour of something else."""
    with pytest.raises(BadInput) as refused:
        drawn("\n".join([MSL, RATE, LOSS]), figure)
    assert f"loss varies as well and has no place in it; name it in {where}, or choose one of its values with --filter" in str(refused.value)
    assert drawn("\n".join([MSL, RATE, LOSS]), figure, condition=lambda options: options["loss"] == 0)


def test_too_little_width_is_refused(drawn):
    with pytest.raises(BadInput, match=r"--width: 56mm has no room for 2 panels beside one another; allowed is a width from \d+mm on"):
        drawn("\n".join([MSL, RATE, LOSS]), 'x = "msl"\npanels = ["rate", "loss"]', width_in=56 / 25.4)
    with pytest.raises(BadInput, match="has no room for numbers that can be read"):
        drawn('msl = { from = "1s", to = "40s", step = "1s" }\n' + RATE, HEAT, width_in=84 / 25.4)


def test_bad_options_of_the_command_line(tmp_path):
    file, store = write(tmp_path), tmp_path / "a.sqlite"
    good("run", file, "-o", store, "--filter", "rate == 2")
    for arguments, words in (
        (["--only=2"], "--only: 2 is not allowed; small.toml names 1 figures"),
        (["--width=1km"], "--width: '1km' is not allowed"),
        (["--format=gif"], "'gif' is unknown; choose from pdf,png,svg"),
    ):
        result = sweep("plot", "-o", store, *arguments)
        assert result.returncode == 2 and words in result.stderr.splitlines()[-1]
    assert not list(tmp_path.glob("*.figures"))
    assert sweep("export", "-o", store, "--points", "--results").returncode == 2
    assert "'.xls' is not allowed" in sweep("export", "-o", store, "--points", "--to", tmp_path / "a.xls").stderr


# ---- words


def words(figure) -> list[str]:
    told = [text for axes in figure.axes for text in (axes.get_xlabel(), axes.get_ylabel(), axes.get_title())]
    told += [text.get_text() for axes in figure.axes for text in axes.texts]
    told += [text.get_text() for legend in figure.legends for text in [legend.get_title(), *legend.get_texts()]]
    return [" ".join(text.split()) for text in [*told, *(text.get_text() for text in figure.texts)] if text]


def test_axes_say_words_not_names_of_options(drawn):
    told = words(drawn("\n".join([MSL, RATE, LOSS]), 'x = "msl"\nseries = "rate"\npanels = "loss"\nclosed-form = "time-wait-occupancy"'))
    assert {"MSL [s]", "mean in TIME-WAIT, client [connections]", "connections opened [1/s]", "probability of loss, each way = 0.1", "1", "2",
            "closed form"} <= {*told}  # fmt: skip
    assert not any("time-wait-mean" in text for text in told[:-1])


@pytest.mark.parametrize(("option", "unit", "expected"), [
    ("msl", "s", "MSL [s]"), ("keep-idle", "s", "keepalive idle time [s]"), ("syn-queue-limit", "1", "SYN queue limit"),
    ("fin-wait2-timeout", "s", "FIN-WAIT-2 timeout [s]"), ("my-own-number", "", "my own number"), ("initial-rto", "s", "initial RTO [s]"),
])  # fmt: skip
def test_words_for_any_option(option, unit, expected):
    from analysis.base.labels import option_words, with_unit

    assert with_unit(option_words(option), unit) == expected


def test_labels_and_title_of_the_sweep_file_and_of_the_command_line(drawn):
    figure = 'x = "msl"\ntitle = "Who waits"\nx-label = "T"\ny-label = "N"'
    assert {"Who waits", "T", "N"} <= {*words(drawn(MSL, figure))}
    told = words(drawn(MSL, figure, title="Other", x_label="X"))
    assert {"Other", "X", "N"} <= {*told} and not {"Who waits", "T"} & {*told}


def test_numbers_at_one_axis_are_written_alike(drawn):
    figure = drawn("response-size = [10000, 1000000]", 'x = "response-size"\nscale = "log"', lambda p: p["response-size"])
    figure.draw_without_rendering()
    axes = figure.axes[0]
    sides = ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
    told = [tick.label1.get_text() for axis, (low, high) in sides for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    assert "1000000" in told and not any("e" in text for text in told)


# ---- theory


def dashed(figure) -> list:
    return [line for axes in figure.axes for line in axes.lines if line.get_linestyle() == "--"]


def test_theory_is_evaluated_densely_not_joined_between_points(drawn, program):
    """Port exhaustion bends between the points; what depends on the axis is computed anew at each place."""
    figure = drawn('rate = [5, 60]\nmsl = ["1s"]', 'x = "rate"\nclosed-form = "port-exhaustion"', lambda p: 50.0,
                   'ephemeral-first = 50000\nephemeral-last = 50099\n[dependent]\nwarm-up = "100 * msl"\nduration = "warm-up + 100 / rate"')  # fmt: skip
    line, = dashed(figure)
    assert len(line.get_xdata()) > 100
    plan = Plan(read_sweep("one.toml", f'metrics = ["{METRIC}"]\n[fixed]\narrivals = "poisson"\nephemeral-first = 50000\nephemeral-last = 50099\n'
                           'warm-up = "100s"\nmsl = "1s"\n[grid]\nrate = [32.5]\n[dependent]\nduration = "warm-up + 100 / rate"', program), program)  # fmt: skip
    truth = CLOSED_FORMS["port-exhaustion"].value({**plan.values(plan.points[0]), "host": "client"})
    at = dict(zip(line.get_xdata(), line.get_ydata()))
    assert at[32.5] == pytest.approx(truth)
    assert abs(at[32.5] - (at[5] + at[60]) / 2) > 5  # a straight line would be far off


def test_theory_of_whole_numbers_stands_at_whole_numbers(drawn):
    figure = drawn("keep-count = [1, 5]", 'x = "keep-count"\nclosed-form = "keepalive-detection"', lambda p: 9.0,
                   'keep-alive = true\nclose-first = "nobody"\nfault-host = "server"\ncrash-at = "100s"\nkeep-alive-host = "client"\nstop = "1h"')  # fmt: skip
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "_" and len(line.get_xdata()) == 5]
    assert [list(line.get_xdata()) for line in marks] == [[1, 2, 3, 4, 5]] and not dashed(figure)
    assert "stands at points alone" in " ".join(words(figure))


def test_theory_of_options_that_advance_together_is_of_the_points_alone(program):
    text = (f'metrics = ["{METRIC}"]\n[fixed]\narrivals = "poisson"\n[zip]\nmsl = ["1s", "2s"]\nrate = [4, 2]\n[[figure]]\nmetric = "{METRIC}"\n'
            'x = "msl"\nclosed-form = "time-wait-occupancy"\n')  # fmt: skip
    plan = Plan(read_sweep("some.toml", text, program), program)
    cells = [Cell(point, plan.values(point), {METRIC: estimate([8.0, 8.1], 0.95)}, runs=2) for point in plan.points]
    figure = draw(Estimates(plan, cells, 4), plan.sweep.figures[0])
    assert not dashed(figure)
    assert any(line.get_marker() == "_" and list(line.get_xdata()) == [1, 2] for line in figure.axes[0].lines)


# ---- panels and series


def test_panels_by_two_options_form_a_grid(drawn):
    figure = drawn("\n".join([MSL, "rate = [1, 2, 3]", LOSS]), 'x = "msl"\npanels = ["loss", "rate"]',
                   condition=lambda p: (p["loss"], p["rate"]) != (0.1, 2))  # fmt: skip
    assert len(figure.axes) == 5
    boxes = [axes.get_position() for axes in figure.axes]
    rows, columns = ({round(value, 6) for value in values} for values in ([b.y0 for b in boxes], [b.x0 for b in boxes]))
    assert (len(rows), len(columns)) == (2, 3)
    assert [axes.get_title() for axes in figure.axes[:3]] == [f"connections opened = {n}/s" for n in (1, 2, 3)]
    beside = [(text.get_text(), axes.get_position().y0) for axes in figure.axes for text in axes.texts]
    assert [text.replace("\n", " ") for text, _ in beside] == ["probability of loss, each way = 0", "probability of loss, each way = 0.1"]
    assert [bool(axes.get_xlabel()) for axes in figure.axes] == [False, True, False, True, True]  # below the hole there is none


@pytest.mark.parametrize("width_mm", [None, 110, 150])
@pytest.mark.parametrize("figure", ['x = "msl"\nseries = "clients"', 'x = "msl"\nkind = "heat-map"\ny = "clients"\nintervals = true'])
def test_nothing_in_a_grid_covers_a_word(drawn, figure, width_mm):
    """Words that say of what a row is stand between its last panel and the colours of a map."""
    it = drawn("\n".join([MSL, RATE, LOSS, "clients = [1, 2]"]), f'{figure}\npanels = ["loss", "rate"]', lambda p: p["msl"] * p["rate"],
               width_in=width_mm and width_mm / 25.4)  # fmt: skip
    it.draw_without_rendering()
    written = [text for axes in it.axes for text in (axes.title, axes.xaxis.label, axes.yaxis.label) if text.get_text()]
    written += [text for axes in it.axes for text in axes.texts if text.get_transform() == axes.transAxes or text.get_rotation() == 270]
    boxes = [(text.get_text(), text.get_window_extent()) for text in written]
    fields = [(f"axes {i}", axes.get_window_extent()) for i, axes in enumerate(it.axes)]
    page = it.bbox
    for i, (words, box) in enumerate(boxes):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, words
        assert not [other for other, there in [*boxes[:i], *fields] if box.overlaps(there)], words


def test_a_grid_of_two_columns_finds_room_in_a_column_of_a_paper(drawn):
    figure = drawn("\n".join([MSL, RATE, LOSS]), 'x = "msl"\npanels = ["loss", "rate"]', width_in=84 / 25.4)
    figure.draw_without_rendering()
    assert len(figure.axes) == 4 and figure.get_figwidth() * 25.4 == pytest.approx(84)
    assert [axes.get_title().split("\n")[-1] for axes in figure.axes[:2]] == ["= 1/s", "= 2/s"]  # a value keeps its unit


def test_no_series_hides_another(drawn):
    """Two that measure the same: the one below is wider, and its marks are open."""
    figure = drawn(f"{MSL}\n{RATE}", 'x = "msl"\nseries = "rate"', lambda p: p["msl"])
    first, second = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 3 and line.get_marker() in "os"]
    assert first.get_linewidth() > second.get_linewidth() + 2 and first.get_markersize() > second.get_markersize() + 3
    assert first.get_zorder() < second.get_zorder()
    assert first.get_markerfacecolor() == second.get_markerfacecolor() == "none"
    assert "Where series lie on one another" in " ".join(words(figure))
    apart = drawn(f"{MSL}\n{RATE}", 'x = "msl"\nseries = "rate"', lambda p: p["msl"] * p["rate"] ** 3)
    assert "Where series lie" not in " ".join(words(apart))


def test_more_series_than_colours_are_told_apart(drawn):
    figure = drawn(f"{MSL}\nrate = {{ from = 1, to = 12, step = 1 }}", 'x = "msl"\nseries = "rate"', lambda p: p["msl"] + 100 * p["rate"])
    looks = {(line.get_color(), line.get_marker()) for line in figure.axes[0].lines if len(line.get_xdata()) == 3 and line.get_marker() != "_"}
    assert len(looks) == 12


# ---- heat maps


def fields(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_map_tells_nothing_from_little(drawn):
    """0 has a pattern of its own and stays out of the scale of colours, also of a logarithmic one."""
    for scale in ("linear", "log"):
        figure = drawn(f"{MSL}\n{RATE}", f'{HEAT}\nscale = "{scale}"', lambda p: {1: 0.0, 2: 0.003, 4: 5.0}[p["msl"]])
        assert sorted(fields(figure)) == ["0", "0", "0.003", "0.003", "5", "5"]
        assert [patch.get_hatch() for patch in figure.axes[0].patches] == ["////"] * 2
        assert "Hatched: exactly 0." in " ".join(words(figure))
        norm = figure.axes[0].images[0].norm
        assert (norm.vmin, norm.vmax) == pytest.approx((0.003, 5.0)) and (type(norm).__name__ == "LogNorm") == (scale == "log")


@pytest.mark.parametrize(("value", "told"), [(20.04, "20.0"), (20.0, "20"), (1234.5, "1234"), (0.5, "0.5"), (9.996, "10.0"), (2.5e6, "2.5e+06")])
def test_numbers_of_a_map_can_be_read(drawn, value, told):
    assert set(fields(drawn(f"{MSL}\n{RATE}", HEAT, lambda p: value))) == {told}


def test_a_map_tells_intervals_on_request(drawn):
    assert all("±" not in text for text in fields(drawn(f"{MSL}\n{RATE}", HEAT)))
    told = fields(drawn(f"{MSL}\n{RATE}", HEAT + "\nintervals = true"))
    assert told == ["1\n± 0.25"] * 6  # t with one degree of freedom is 12.7, times 0.02


def test_numbers_of_a_map_stay_in_their_fields_and_can_be_read(drawn):
    figure = drawn('msl = { from = "1s", to = "12s", step = "1s" }\n' + RATE, HEAT + "\nintervals = true", lambda p: p["msl"] * 1234.5)
    canvas = figure.canvas
    canvas.draw()
    axes = figure.axes[0]
    wide = axes.get_window_extent().width / 12
    for text in axes.texts:
        assert text.get_fontsize() >= 4.5 and text.get_window_extent().width < wide


# ---- paper: files, and the table of points


def test_a_figure_of_a_real_sweep_at_the_width_of_a_column(tmp_path):
    file, store = write(tmp_path), tmp_path / "a.sqlite"
    said = sweep("run", file, "-o", store)
    assert f"30 runs done, 0 failed; they are in {store}" in said.stderr
    out = good("plot", "-o", store, "--format=pdf,svg", "--width=84mm", "--caption=beside").split()
    assert [path.rpartition("/")[2] for path in out] == ["1-time-wait-mean.pdf", "1-time-wait-mean.svg", "1-time-wait-mean.caption.txt"]
    pdf = open(out[0], "rb").read()
    assert b"/Type3" not in pdf and b"/MediaBox [ 0 0 238.1" in pdf
    assert "closed form" in open(out[1]).read() and "RngSeed 1" in open(out[2]).read()


def test_the_points_as_a_table(tmp_path):
    import pandas as pd

    file, store = write(tmp_path), tmp_path / "a.sqlite"
    good("run", file, "-o", store, "--filter", "rate < 8")
    target = tmp_path / "points.csv"
    assert good("export", "-o", store, "--points", "--to", target) == f"{target}\n"
    points = pd.read_csv(target)
    assert list(points) == ["msl", "msl [s]", "rate", "rate [1/s]", "metric", "host", "unit", "n", "missing", "mean", "low", "high", "confidence",
                            "closed_form"]  # fmt: skip
    assert len(points) == 12 and set(points["msl"]) == {"500ms", "1s"} and set(points["msl [s]"]) == {0.5, 1.0}
    runs = pd.read_csv(io.StringIO(good("export", "-o", store)))
    assert list(runs)[1:5] == ["msl", "msl [s]", "rate", "rate [1/s]"]
    for (msl, rate), group in runs[runs["metric"] == "time-wait-mean"].groupby(["msl [s]", "rate"]):
        row, = points[(points["msl [s]"] == msl) & (points["rate"] == rate) & (points["metric"] == "time-wait-mean")].to_dict("records")
        assert (row["n"], row["missing"]) == (5, 0)
        assert row["mean"] == pytest.approx(group["value"].mean())
        half = 2.776 * group["value"].std() / 5**0.5
        assert (row["low"], row["high"]) == pytest.approx((row["mean"] - half, row["mean"] + half), rel=1e-3)
        assert row["closed_form"] == pytest.approx(rate * 2 * msl)
    lacking = points[points["rate"] == 8]
    assert set(lacking["n"]) == {0} and set(lacking["missing"]) == {5} and lacking["mean"].isna().all()
    assert lacking["closed_form"].notna().any()
    opened = points[points["metric"] == "connections-opened"]
    assert opened["closed_form"].isna().all()  # of which theory says nothing


def test_a_value_that_is_no_number_leaves_its_cell_empty(program):
    from analysis.sweep.tables import OptionColumns

    text = SMALL.replace('msl = ["500ms", "1s"]', 'msl = ["500ms"]\ndelay-to-server = ["same", "5ms"]')
    plan = Plan(read_sweep("some.toml", text, program), program)
    columns = OptionColumns(plan)
    assert columns.names == ["msl", "msl [s]", "delay-to-server", "delay-to-server [s]", "rate", "rate [1/s]"]
    assert [columns.cells(point)[2:4] for point in plan.points[::3]] == [["same", ""], ["5ms", "0.005"]]


def test_parquet_holds_numbers_as_numbers(tmp_path, monkeypatch):
    """Where pandas has what writes it; texts stay texts, and an empty cell is no number."""
    import pandas as pd

    from analysis.sweep.tables import write as write_table

    frames = []
    monkeypatch.setattr(pd.DataFrame, "to_parquet", lambda frame, content, index: frames.append(frame) or content.write(b"PAR1"))
    table = [["msl", "msl [s]", "metric", "host", "unit", "n", "mean", "closed_form"], ["1s", "1.0", "time-wait-mean", "client", "connections", "5", "2.5", ""]]
    write_table(table, tmp_path / "a.parquet")
    (frame,) = frames
    assert {name: kind.kind for name, kind in frame.dtypes.items()} == {
        "msl": "O", "msl [s]": "f", "metric": "O", "host": "O", "unit": "O", "n": "i", "mean": "f", "closed_form": "f"}  # fmt: skip
    assert frame["closed_form"].isna().all() and (tmp_path / "a.parquet").read_bytes() == b"PAR1"
