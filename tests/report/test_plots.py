"""Pictures: each holds the numbers of its result, nothing is cut or overlaps, and files are what their suffix says."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from command_line import Myorisk
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.container import BarContainer
from matplotlib.patches import FancyBboxPatch, Patch, PathPatch, Rectangle

import bn
from bn.core.answer import interval_of
from bn.core.arcs import arcs_of
from bn.core.errors import QuestionError
from bn.report.figures import Picture, save
from bn.report.figures.layout import Layout, crossings, layout
from bn.report.figures.style import LOWERS, RAISES
from cpds.logistic import logit

FINDINGS = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1, "grip_strength": 19.5}
SEVERAL = ["exercise_training", "weight_loss", "at1_blockade", "mas_blockade", "ceramide_synthesis_inhibition"]
PICTURES: dict[str, Callable[[bn.RiskModel], Picture]] = {
    "network": lambda model: model.plot(),
    "network with beliefs": lambda model: model.plot(model.posterior(FINDINGS)),
    "network of anybody": lambda model: model.plot(model.posterior()),
    "network before and after": lambda model: model.plot(model.what_if(FINDINGS, do="weight_loss")),
    "posterior": lambda model: model.posterior(FINDINGS).plot(),
    "what-if": lambda model: model.what_if(FINDINGS, do=["exercise_training", "ace_inhibition"]).plot(),
    "comparison": lambda model: model.rank(FINDINGS, do=SEVERAL).plot(),
    "by age": lambda model: model.sweep(sex="male", do="weight_loss", over="age").plot(),
    "by sex": lambda model: model.sweep(age=60, do="weight_loss", over="sex").plot(),
    "waterfall": lambda model: model.explain(FINDINGS).plot(),
    "tornado": lambda model: model.sensitivity(FINDINGS).plot(),
    "mediation": lambda model: model.mediation().plot(),
    "forest": lambda model: model.evidence("exercise_training").plot(),
}


@pytest.fixture(scope="module")
def pictures(small: bn.RiskModel) -> dict[str, Picture]:
    return {name: draw(small) for name, draw in PICTURES.items()}


def bars(axes: matplotlib.axes.Axes) -> list[tuple[float, float]]:
    """Start and length of every bar, in the order drawn."""
    found = [bar for container in axes.containers if isinstance(container, BarContainer) for bar in container]
    return [(bar.get_x(), bar.get_width()) for bar in found]


def marks(axes: matplotlib.axes.Axes, marker: str, face: str | None = None) -> np.ndarray:
    """Horizontal places of the marks of one kind."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return np.concatenate([line.get_xdata() for line in lines if face in (None, line.get_markerfacecolor())])


def shown(post: bn.Posterior) -> list[tuple[str, str | None]]:
    """Rows about a person: each variable's event, and after it each higher grade in it."""
    return [(name, state) for name in post.about for state in (None, *post.event(name)[1:])]


def prior(post: bn.Posterior, name: str, state: str | None) -> float:
    """Probability of a state, or of the event, before the findings."""
    states = (state,) if state else post.event(name)
    return float(sum(post.priors[name][post.states[name].index(each), 0] for each in states))


def test_posterior_bars_whiskers_and_diamonds_are_the_answer(small: bn.RiskModel) -> None:
    post = small.posterior(FINDINGS)
    (axes,) = post.plot().axes
    rows = shown(post)
    assert bars(axes) == [(0.0, pytest.approx(post.probability(*row))) for row in rows]
    assert marks(axes, "D") == pytest.approx([prior(post, *row) for row in rows])
    whiskers = [segment[:, 0] for segment in axes.collections[0].get_segments()]
    assert np.array(whiskers) == pytest.approx(np.array([post.interval(*row) for row in rows]))
    assert axes.get_xlim() == (0, 1)


def test_without_titles_a_posterior_is_drawn_with_its_ids(small: bn.RiskModel) -> None:
    (axes,) = replace(small.posterior(FINDINGS), titles={}).plot().axes
    assert "er stress" in [text.get_text() for text in axes.get_yticklabels()]


def test_every_arc_and_node_of_the_network_is_drawn_once(small: bn.RiskModel, pictures: dict[str, Picture]) -> None:
    (axes,) = pictures["network"].axes
    drawn = sorted(str(patch.get_gid()) for patch in axes.patches if patch.get_gid())
    variables = small.knowledge.variables.values()
    arcs = [f"arc {parent.id} {child.id}" for child in variables for parent in child.parents]
    assert drawn == sorted(arcs + [f"node {variable.id}" for variable in variables])


def test_lines_grow_with_the_odds_ratio(small: bn.RiskModel, pictures: dict[str, Picture]) -> None:
    (axes,) = pictures["network"].axes
    wide = {str(patch.get_gid()): patch.get_linewidth() for patch in axes.patches if patch.get_gid()}
    ordered = sorted(arcs_of(small), key=lambda arc: abs(arc.size))
    widths = [wide[f"arc {arc.parent} {arc.child}"] for arc in ordered]
    assert widths == sorted(widths)
    assert widths[-1] > 4 * widths[0]


def test_the_size_of_an_arc_is_its_log_odds_ratio(small: bn.RiskModel) -> None:
    sizes = {(arc.parent, arc.child): arc.size for arc in arcs_of(small)}
    effect = small.parameters["insulin_resistance|insulin_signaling_impairment"][0]
    assert sizes["insulin_signaling_impairment", "insulin_resistance"] == pytest.approx(effect)
    table = small.network.tables["physical_activity"]
    old, young = (logit(table.values[1, state, 0]) for state in (-1, 0))
    assert sizes["age", "physical_activity"] == pytest.approx(old - young)


def test_belief_bars_are_as_long_as_the_belief(small: bn.RiskModel) -> None:
    post = small.posterior(FINDINGS)
    (axes,) = small.plot(post).axes
    lengths = {str(patch.get_gid()): patch for patch in axes.patches if str(patch.get_gid()).startswith("belief ")}
    assert set(lengths) == {f"belief {name}" for name in (*post.scored, "physical_activity")}
    for name in post.scored:
        bar = lengths[f"belief {name}"]
        same = [patch for patch in axes.patches if patch.get_gid() is None and corner(patch) == corner(bar)]
        (track,) = same
        assert bar.get_width() / track.get_width() == pytest.approx(post.probability(name))


def corner(patch: Patch) -> tuple[float, float] | None:
    return patch.get_xy() if isinstance(patch, Rectangle) else None


def test_no_arc_runs_behind_a_node_and_no_nodes_overlap(pictures: dict[str, Picture]) -> None:
    (axes,) = pictures["network"].axes
    boxes = {str(p.get_gid()): p.get_bbox() for p in axes.patches if isinstance(p, FancyBboxPatch)}
    assert not [pair for pair in combinations(boxes.values(), 2) if pair[0].overlaps(pair[1])]
    for patch in axes.patches:
        if isinstance(patch, PathPatch):
            points = patch.get_path().to_polygons(closed_only=False)[0]
            for name, box in boxes.items():
                inner = box.padded(-0.01)
                assert not any(inner.contains(*point) for point in points), (patch.get_gid(), name)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    size = draw(st.integers(2, 9))
    return {f"v{child}": [f"v{parent}" for parent in range(child) if draw(st.booleans())] for child in range(size)}


@settings(deadline=None)
@given(graphs())
def test_layout_puts_parents_above_and_neighbors_apart(parents: dict[str, list[str]]) -> None:
    plan = layout(parents, width=1.0, lane=0.1, gap=0.05)
    assert all(plan.layer[parent] < plan.layer[child] for child, above in parents.items() for parent in above)
    for one, other in combinations(plan.across, 2):
        if one[1] == other[1]:
            half = sum(0.5 if plan.layer[name] == layer else 0.05 for name, layer in (one, other))
            assert abs(plan.across[one] - plan.across[other]) >= half + 0.05 - 1e-9


@settings(deadline=None)
@given(graphs())
def test_layout_knows_no_names(parents: dict[str, list[str]]) -> None:
    other = {
        f"z{len(parents)}_{name}": [f"z{len(parents)}_{parent}" for parent in above] for name, above in parents.items()
    }
    first, second = layout(parents, 1.0, 0.1, 0.05), layout(other, 1.0, 0.1, 0.05)
    assert list(first.across.values()) == list(second.across.values())


def test_ordering_removes_crossings_that_can_be_removed() -> None:
    """Two parents whose children stand the wrong way round."""
    plan = layout({"a": [], "b": [], "c": ["b"], "d": ["a"]}, 1.0, 0.1, 0.05)
    rows = _rows(plan)
    assert crossings(rows, [(("a", 0), ("d", 1)), (("b", 0), ("c", 1))]) == 0
    assert crossings([[("a", 0), ("b", 0)], [("c", 1), ("d", 1)]], [(("a", 0), ("d", 1)), (("b", 0), ("c", 1))]) == 1


def _rows(plan: Layout) -> list[list[tuple[str, int]]]:
    deep = max(plan.layer.values())
    return [sorted((p for p in plan.across if p[1] == k), key=lambda p: plan.across[p]) for k in range(deep + 1)]


def test_what_if_shows_before_after_difference_and_bounds(small: bn.RiskModel) -> None:
    answer = small.what_if(FINDINGS, do="exercise_training")
    left, right = answer.plot().axes
    assert marks(left, "o", "white")[0] == pytest.approx(answer.risk_before)
    assert marks(left, "o", "#0072B2")[0] == pytest.approx(answer.risk_after)
    assert bars(left) == [(pytest.approx(answer.bounds[0]), pytest.approx(answer.bounds[1] - answer.bounds[0]))]
    assert bars(right)[0] == (0, pytest.approx(answer.difference))
    labels = [text.get_text() for text in left.get_yticklabels()]
    assert labels[:2] == ["Insulin resistance", "Physical activity (active)"]
    assert len(bars(right)) == len(labels)
    assert left.get_xlim()[0] == 0


def test_comparison_keeps_the_order_and_differences_of_the_ranking(small: bn.RiskModel) -> None:
    ranked = small.rank(FINDINGS, do=SEVERAL)
    picture = ranked.plot()
    _, right = picture.axes
    assert [length for _, length in bars(right)] == pytest.approx([row.difference for row in ranked.rows])
    whiskers = np.array([segment[:, 0] for segment in right.collections[0].get_segments()])
    assert whiskers == pytest.approx(np.array([row.interval() for row in ranked.rows]))
    assert picture.get_suptitle().startswith(f"{ranked.rows[0].title} lowers the risk most")


def test_a_comparison_that_lowers_nothing_says_so(small: bn.RiskModel) -> None:
    worse = small.rank(FINDINGS, do=["mas_blockade", "lipid_infusion"]).plot()
    assert worse.get_suptitle() == "None of 2 interventions lowers the risk"


def test_risk_by_age_is_the_sweep_with_its_bands(small: bn.RiskModel) -> None:
    swept = small.sweep(sex="male", do="weight_loss", over="age", between=(40, 70))
    (axes,) = swept.plot().axes
    for line, values in zip(axes.lines, (lambda row: row.before, lambda row: row.after), strict=True):
        assert line.get_ydata() == pytest.approx([values(row)[0] for row in swept.rows])
    bands = [found for found in axes.collections if isinstance(found, FillBetweenPolyCollection)]
    low, high = interval_of(np.array([row.before for row in swept.rows])[:, 1:], 0.9)
    box = bands[0].get_paths()[0].get_extents()
    assert (box.y0, box.y1) == (pytest.approx(low.min()), pytest.approx(high.max()))
    assert axes.get_ylim()[0] == 0
    assert axes.get_xlabel() == "Age, years"
    assert [tick.get_text() for tick in axes.get_xticklabels()][:2] == ["40 to 45", "45 to 50"]


def test_open_states_are_said_so_in_pictures(small: bn.RiskModel) -> None:
    swept = small.sweep(do="exercise_training", over="adiposity").plot()
    (axes,) = swept.axes
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert (ticks[0], ticks[-1], axes.get_xlabel()) == ("10 to 19", "40 and over", "Adiposity, kg/m\N{SUPERSCRIPT TWO}")
    assert "for adiposity 40 kg/m\N{SUPERSCRIPT TWO} and over" in swept.get_suptitle().replace("\n", " ")
    person = small.plot(small.posterior(age=90, bmi=45))
    said = {text.get_text() for text in person.axes[0].texts}
    assert {"85 years and over", "40 kg/m\N{SUPERSCRIPT TWO} and over"} <= {text.split(", was")[0] for text in said}


def test_states_without_a_scale_are_not_joined_by_lines(pictures: dict[str, Picture]) -> None:
    (axes,) = pictures["by sex"].axes
    assert [line.get_linestyle() for line in axes.lines] == ["None", "None"]


def test_the_waterfall_leads_from_the_log_odds_of_anybody_to_those_of_the_person(small: bn.RiskModel) -> None:
    found = small.explain(FINDINGS)
    (axes,) = found.plot().axes
    steps = bars(axes)
    assert steps[0][0] == pytest.approx(found.before)
    for (start, length), (after, _) in pairwise(steps):
        assert start + length == pytest.approx(after)
    assert sum(steps[-1]) == pytest.approx(found.after)
    upper = axes.child_axes[0]
    for place, text in zip(upper.get_xticks(), upper.get_xticklabels(), strict=True):
        assert place == pytest.approx(logit(np.array(float(text.get_text()))))


def test_the_ends_of_the_tornado_are_the_risks(small: bn.RiskModel) -> None:
    found = small.sensitivity(FINDINGS)
    first, second, *_ = found.plot().axes
    ends = [start + length for start, length in bars(first)]
    wanted = [risk for one in found.parameters[:10] for risk in (one.risk_high, one.risk_low)]
    assert ends == pytest.approx(wanted)
    assert [start + length for start, length in bars(second)] == pytest.approx([one.risk for one in found.findings])
    assert all(axes.get_xlim()[0] == 0 for axes in (first, second))


def test_mediation_bars_are_the_shares(small: bn.RiskModel) -> None:
    found = small.mediation()
    axes = found.plot().axes
    for column, split in enumerate(found.splits):
        lengths = [length for _, length in bars(axes[column])]
        shares = [route.share.value for route in split.groups if route.share]
        assert sorted(lengths) == pytest.approx(sorted(100 * share for share in shares))


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_is_cut_or_lies_on_its_neighbor(pictures: dict[str, Picture], name: str) -> None:
    check_texts(pictures[name])


def test_long_titles_are_folded_not_cut(small: bn.RiskModel) -> None:
    titles = {name: f"{title} as it is called in a rather long-winded paper" for name, title in small.titles.items()}
    check_texts(replace(small.posterior(FINDINGS), titles=titles).plot())
    check_texts(replace(small.explain(FINDINGS), titles=titles).plot())


def check_texts(picture: Picture) -> None:
    """All that is drawn lies on the page (inches), and labels of rows do not touch."""
    renderer = FigureCanvasAgg(picture).get_renderer()
    picture.draw(renderer)
    drawn, (width, height) = picture.get_tightbbox(renderer), picture.get_size_inches()
    assert min(drawn.x0, drawn.y0) > -0.01
    assert drawn.x1 < width + 0.01
    assert drawn.y1 < height + 0.01
    for axes in picture.axes:
        boxes = [text.get_window_extent(renderer) for text in axes.get_yticklabels() if text.get_text()]
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".SVG", b"<?xml")]
)
def test_a_file_is_what_its_suffix_says(
    pictures: dict[str, Picture], tmp_path: Path, suffix: str, start: bytes
) -> None:
    target = save(pictures["waterfall"], tmp_path / f"picture{suffix}")
    assert target.read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["picture.bmp", "picture"])
def test_another_suffix_is_refused_with_those_that_serve(pictures: dict[str, Picture], name: str) -> None:
    with pytest.raises(QuestionError, match=r"expected a picture's: \.svg, \.png, \.pdf"):
        save(pictures["waterfall"], name)


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_the_same_picture_gives_the_same_bytes(small: bn.RiskModel, tmp_path: Path, suffix: str) -> None:
    post = small.posterior(FINDINGS)
    one, other = (save(small.plot(post), tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "other"))
    assert one == other


def test_the_svg_holds_no_date(pictures: dict[str, Picture], tmp_path: Path) -> None:
    assert b"dc:date" not in save(pictures["waterfall"], tmp_path / "picture.svg").read_bytes()


def test_the_shipped_picture_of_the_network_is_current(small: bn.RiskModel, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "examples" / "network.svg"
    drawn = save(small.plot(), tmp_path / "network.svg")
    assert arc_ids(shipped) == arc_ids(drawn)


def arc_ids(svg: Path) -> list[str]:
    return sorted(line.strip() for line in svg.read_text(encoding="utf-8").splitlines() if 'id="arc ' in line)


def test_raising_is_hatched_and_lowering_is_not_and_their_grays_differ() -> None:
    def gray(color: str) -> float:
        return float(np.dot(matplotlib.colors.to_rgb(color), [0.299, 0.587, 0.114]))

    assert RAISES["hatch"] is not None
    assert "hatch" not in LOWERS
    assert abs(gray(RAISES["facecolor"]) - gray(LOWERS["facecolor"])) > 0.25


def test_drawing_leaves_the_settings_as_they_were(small: bn.RiskModel, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    save(small.posterior(FINDINGS).plot(), tmp_path / "picture.svg")
    assert dict(matplotlib.rcParams) == before


def test_no_picture_needs_pyplot_or_a_screen() -> None:
    script = "import sys, bn; bn.load().posterior().plot()._repr_png_(); assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_without_matplotlib_one_line_names_the_extra() -> None:
    script = "import sys; sys.modules['matplotlib'] = None; from bn.cli import main; main()"
    command = [sys.executable, "-c", script, "risk", "age=68", "--plot", "picture.svg"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stderr == "myorisk: matplotlib is not installed; run: pip install 'myorisk[plot]'\n"


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["risk", "age=68"], "--plot"),
        (["risk", "age=68"], "--plot-network"),
        (["what-if", "age=68", "--do", "weight_loss"], "--plot"),
        (["what-if", "age=68", "--do", "weight_loss"], "--plot-network"),
        (["what-if", "age=68", "--rank", "--do", "weight_loss"], "--plot"),
        (["what-if", "sex=male", "--sweep", "age=40:60", "--do", "weight_loss"], "--plot"),
        (["explain", "age=68", "hscrp=4"], "--plot"),
        (["sensitivity", "age=68"], "--plot"),
        (["mediation"], "--plot"),
    ],
)
def test_commands_draw_beside_what_they_print(
    myorisk: Myorisk, tmp_path: Path, arguments: list[str], option: str
) -> None:
    target = tmp_path / "picture.svg"
    done = myorisk(*arguments, "--json", option, target)
    assert (done.returncode, done.stderr) == (0, f"picture: {target}\n")
    assert done.stdout.startswith("{")
    assert target.read_bytes().startswith(b"<?xml")


def test_a_command_refuses_an_unknown_suffix_in_one_line(
    myorisk: Myorisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = myorisk("risk", "age=68", "--plot", "picture.gif")
    assert done.returncode == 2
    assert done.stderr == "myorisk: picture.gif: found '.gif', expected a picture's: .svg, .png, .pdf\n"
    assert not list(tmp_path.iterdir())


def test_a_posterior_as_html_has_its_numbers_as_text_and_as_bars(small: bn.RiskModel) -> None:
    post = small.posterior(FINDINGS)
    html = post._repr_html_()
    for name in post.about:
        assert f">{small.titles[name]}<" in html
    for row in shown(post):
        assert f"width:{post.probability(*row):.1%}" in html
    assert "<script" not in html
    assert html.count("<tr") == 1 + len(shown(post))


def test_html_escapes_titles(small: bn.RiskModel) -> None:
    post = replace(small.posterior(FINDINGS), titles={"inflammation": "<b>CRP > 3"})
    assert "&lt;b&gt;CRP &gt; 3" in post._repr_html_()


def test_what_if_and_comparison_have_a_table_for_notebooks(small: bn.RiskModel) -> None:
    answer = small.what_if(FINDINGS, do="exercise_training")
    html = answer._repr_html_()
    assert html.startswith("<p>WhatIf exercise_training: P(insulin_resistance = present)")
    assert "<td>sarcopenia</td>" in html
    assert "<td>ras_overactivity</td>" not in html
    assert "<td>Exercise training</td>" in small.rank(FINDINGS, do=["exercise_training"])._repr_html_()


def test_notebooks_show_a_picture_as_png(pictures: dict[str, Picture]) -> None:
    assert pictures["waterfall"]._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("question", ["explain", "next_test", "sensitivity", "most_probable", "mediation", "evidence"])
def test_html_leaves_cells_empty_rather_than_showing_how_nothing_is_written(small: bn.RiskModel, question: str) -> None:
    of_network = {"mediation": small.mediation, "evidence": lambda: small.evidence("weight_loss")}
    found = of_network[question]() if question in of_network else getattr(small, question)(FINDINGS)
    html = found._repr_html_()
    assert html.count("<table") == html.count("<tbody>") >= 1
    cells = re.findall(r"<td[^>]*>(.*?)</td>", html)
    assert not {"None", "nan", "NaN", "()", "True", "False"} & set(cells)
    assert not any("(" in cell and cell.endswith(",)") for cell in cells)


def test_html_of_a_what_if_lists_nothing_that_stays(small: bn.RiskModel) -> None:
    html = small.what_if(FINDINGS, do="exercise_training")._repr_html_()
    assert "<td>bmi_40_plus</td>" not in html
    assert html.count("<td>inflammation</td>") == 1
