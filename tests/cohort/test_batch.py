"""A frame is scored row by row exactly as one person at a time; bad cells stay in their row; files keep every cell."""

import tracemalloc
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_strategy import STRATEGIES, prefer

import bn
from bn.cohort.frames import questions, tables
from bn.cohort.kernel import context, contraction, query, strategies

CELLS = {
    "age": [None, 25, 68.4, "80+", "<40", "50 year", "age_60_64"],
    "sex": [None, "f", "male"],
    "bmi": [None, 17, 22.0, 31.2, "<25", "44 kg/m^2"],
    "physical_activity": [None, "active", "inactive"],
    "hscrp": [None, 0.2, 4.1, "<0.3", ">10", "0.41 mg/dL"],
    "il6": [None, 1.2, 6.0],
    "tnf_alpha": [None, 3.5],
    "grip_strength": [None, 19.5, "45 kg", "<20"],
    "homa_ir": [None, 1.1, 3.0],
    "fasting_insulin": [None, 12.0],
    "fasting_glucose": [None, 70.0, 99, "7.1 mmol/L"],
    "hba1c": [None, 5.4, 6.6],
    "diagnosed_diabetes": [None, "yes", "no"],
    "insulin_treated": [None, "no", "yes"],
    "er_stress": [None, "present", "no", {"present": 3, "absent": 1}],
    "nfkb_activation": [None, True],
    "p62": [None, "low", "high"],
}


def rows() -> st.SearchStrategy[list[dict[str, object]]]:
    return st.lists(
        st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()}), min_size=1, max_size=6
    )


def agrees(small: bn.RiskModel, frame: pd.DataFrame) -> None:
    """Each row equals the one-person answer, or carries an error where that raises one."""
    scored = small.score(frame)
    assert list(scored.columns[: len(frame.columns)]) == list(frame.columns)
    pd.testing.assert_frame_equal(scored[list(frame.columns)], frame)
    for position, (_, row) in enumerate(frame.iterrows()):
        said = {name: value for name, value in row.items() if value is not None and value == value}
        got = scored.iloc[position]
        try:
            post = small.posterior(said)
        except bn.QuestionError:
            assert got["error"]
            assert np.isnan(got["risk"])
            continue
        assert got["error"] == ""
        assert got["risk"] == pytest.approx(post.risk, abs=1e-12)
        assert got["log_evidence"] == pytest.approx(post.log_evidence, abs=1e-9)
        assert (got["risk_low"], got["risk_high"]) == pytest.approx(post.interval(), abs=1e-6)
        for name in post.scored:
            assert got[f"p_{name}"] == pytest.approx(post.probability(name), abs=1e-12), name
            for state, chance in list(post[name].items())[1:] if len(post[name]) > 2 else ():
                assert got[f"p_{name}_{state}"] == pytest.approx(chance, abs=1e-12), (name, state)


@pytest.fixture
def contracted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are answered together however few they are."""
    prefer(monkeypatch, strategies.ByContraction)


@pytest.mark.usefixtures("contracted")
def test_every_row_equals_the_one_person_path(small: bn.RiskModel) -> None:
    @settings(max_examples=12, deadline=None)
    @given(drawn=rows())
    def check(drawn: list[dict[str, object]]) -> None:
        agrees(small, pd.DataFrame(drawn, dtype=object))

    check()


def test_so_does_a_row_that_is_answered_by_itself(small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and draws in several slices, CPDs built anew and found again."""
    monkeypatch.setattr(strategies, "DRAWS_AT_ONCE", 3)
    monkeypatch.setattr(strategies, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(strategies, "ROWS_WEIGHED", 5)
    monkeypatch.setattr(query, "CPD_BYTES", 1 << 15)
    prefer(monkeypatch, strategies.ByElimination)

    @settings(max_examples=8, deadline=None)
    @given(drawn=rows())
    def check(drawn: list[dict[str, object]]) -> None:
        agrees(small, pd.DataFrame(drawn, dtype=object))

    check()


def test_rows_answered_by_themselves_keep_no_more_than_is_allowed(
    model: bn.RiskModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes are counted, not tables: those of an outcome with every parent open are thousands of times larger."""
    monkeypatch.setattr(query, "CPD_BYTES", 1 << 22)
    mechanisms = [name for name, variable in model.knowledge.variables.items() if variable.role == "mechanism"]
    asked = query.Elimination(query.Posteriors(model.knowledge, model.parameters, (("insulin_resistance", 1),)))
    tracemalloc.start()
    try:
        for age in range(14):
            asked.sums({"age": age, **dict.fromkeys(mechanisms[::2], age % 2)}, [])
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2 * query.CPD_BYTES


def test_many_rows_are_answered_together_and_few_by_themselves(small: bn.RiskModel) -> None:
    """As is less work: three rows would need three contexts of their own, three hundred share them."""
    frame = pd.DataFrame({"age": [30.0, 50.0, 70.0], "hscrp": [1.0, 2.0, 4.0]})
    for times, unused in ((1, strategies.ByContraction), (100, strategies.ByElimination)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unused, "answer", None)
            assert small.score(pd.concat([frame] * times))["risk"].notna().all()


def test_the_risk_alone_is_the_same(small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"age": [30.0, 50.0, 70.0], "hscrp": ["1.0", "abc", "<4"], "nfkb_activation": [True, None, 0]})
    names = ["age", "hscrp", "nfkb_activation", "risk", "risk_low", "risk_high", "log_evidence", "error"]
    for strategy in STRATEGIES:
        with monkeypatch.context() as patch:
            prefer(patch, strategy)
            alone = small.score(frame, posteriors=False)
            pd.testing.assert_frame_equal(alone, small.score(frame)[names], check_exact=False, rtol=1e-12)
            assert list(small.score(frame, interval=False, posteriors=False)) == [*names[:4], *names[6:]]


@pytest.mark.usefixtures("contracted")
@pytest.mark.parametrize("limit", [1, 16])
def test_so_it_does_where_too_much_is_measured_to_contract(small: bn.RiskModel, limit: int) -> None:
    """With few joint states allowed, rows go by pattern, and those beyond the limit one by one."""

    @settings(max_examples=4, deadline=None)
    @given(drawn=rows())
    def check(drawn: list[dict[str, object]]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(questions, "Kernel", partial(questions.Kernel, max_states=limit))
            agrees(small, pd.DataFrame(drawn, dtype=object))

    check()


@pytest.mark.long
@pytest.mark.usefixtures("contracted")
def test_so_it_does_in_a_cohort_that_shares_tiles_and_blocks(
    small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enough contexts for tiles with inner axes, several blocks, a cache too small to keep them, slices of draws."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {name: rng.choice(np.array(cells, dtype=object), 60) for name, cells in CELLS.items() if name != "er_stress"}
    ).drop(columns=["diagnosed_diabetes", "hba1c", "p62", "nfkb_activation"])
    monkeypatch.setattr(query.Posteriors, "few_cells", 2)
    monkeypatch.setattr(strategies, "ENTRIES", 23)
    monkeypatch.setattr(tables, "ROWS", 31)
    monkeypatch.setattr(tables, "FEWEST", 31)
    monkeypatch.setattr(strategies, "WEIGHTS", 1 << 9)
    monkeypatch.setattr(context, "FEWEST_ROWS", 5)
    monkeypatch.setattr(contraction, "CACHE_BYTES", 1)
    monkeypatch.setattr(contraction, "DRAWS_AT_ONCE", 3)
    agrees(small, frame)


def test_numeric_columns_equal_text_columns(small: bn.RiskModel) -> None:
    frame = pd.DataFrame(
        {"age": [30.0, np.nan, 80.0], "bmi": [22.0, 31.0, np.nan], "hscrp [mg/dL]": [0.1, 0.5, np.nan]}
    )
    text = frame.astype(object).map(lambda cell: "NA" if cell != cell else f"{cell}")
    left, right = small.score(frame), small.score(text)
    assert left["risk"].to_numpy() == pytest.approx(right["risk"].to_numpy(), abs=1e-14)
    assert left["risk"].iloc[1] == pytest.approx(small.posterior(bmi=31, hscrp="5 mg/L").risk, abs=1e-12)


def test_bad_cells_stay_in_their_row(small: bn.RiskModel) -> None:
    good = pd.DataFrame({"age": ["40", "50", "60", "70"], "hscrp": ["1", "2", "3", "4"]}, index=list("wxyz"))
    bad = good.copy()
    bad.loc["x", "age"], bad.loc["y", "hscrp"], bad.loc["z", "hscrp"] = "300", "-1", "abc"
    scored, clean = small.score(bad), small.score(good)
    assert list(scored.index) == list("wxyz")
    results = [column for column in scored if column not in ("age", "hscrp", "error")]
    assert scored.loc["w", "error"] == ""
    assert scored.loc["w", results].tolist() == pytest.approx(clean.loc["w", results].tolist(), rel=1e-12)
    for row, column in (("x", "age"), ("y", "hscrp"), ("z", "hscrp")):
        assert column in scored.loc[row, "error"]
        assert "expected" in scored.loc[row, "error"]
        assert scored.loc[row, ["risk", "risk_low", "p_inflammation", "log_evidence"]].isna().all()


def test_findings_that_exclude_each_other_are_an_error_of_their_row(small: bn.RiskModel) -> None:
    scored = small.score(pd.DataFrame({"bmi": [31.0, 18.0], "adiposity": ["bmi_under_19", "bmi_under_19"]}))
    assert "exclude" in scored["error"].iloc[0]
    assert scored["error"].iloc[1] == ""


def test_two_columns_on_one_variable_are_read_together(small: bn.RiskModel) -> None:
    """A missing cell of either says nothing, whatever the other says."""
    frame = pd.DataFrame(
        {
            "age": [68, 68, 68, 68],
            "bmi": [31.2, None, 31.2, None],
            "adiposity": [None, "bmi_30_32", "bmi_30_32", None],
        },
        dtype=object,
    )
    agrees(small, frame)


def test_impossible_findings_are_an_error_of_their_row(small: bn.RiskModel) -> None:
    never = bn.RiskModel(small.knowledge, {**small.parameters, "inflammation|intercept": np.full(9, -1e4)})
    scored = never.score(pd.DataFrame({"inflammation": ["absent", "present", None], "age": [50, 60, 70]}))
    with pytest.raises(bn.ImpossibleEvidenceError, match="cannot occur together"):
        never.posterior(inflammation="present", age=60)
    assert list(scored["error"] == "") == [True, False, True]
    assert "cannot occur together" in scored["error"].iloc[1]
    assert scored.drop(columns=["inflammation", "age", "error"]).isna().all(axis=1).tolist() == [False, True, False]


def test_columns_are_refused_when_ambiguous(small: bn.RiskModel) -> None:
    with pytest.raises(bn.QuestionError, match="both give hscrp"):
        small.score(pd.DataFrame({"hscrp": [1.0], "CRP": [2.0]}))
    with pytest.raises(bn.QuestionError, match="risk clash with result columns"):
        small.score(pd.DataFrame({"age": [50], "risk": [0.1]}))
    with pytest.raises(bn.QuestionError, match="no column is recognized"):
        small.score(pd.DataFrame({"height": [1.7]}))


def test_a_header_says_the_unit_of_its_column(small: bn.RiskModel) -> None:
    frame = pd.DataFrame(
        {"hscrp [mg/dL]": ["0.41", "<0.03"], "age [years]": [68, 50], "grip_strength (kg)": [20, 30.0]}
    )
    said = [
        small.posterior(age=68, hscrp=4.1, grip_strength=20),
        small.posterior(age=50, hscrp="<0.3", grip_strength=30),
    ]
    assert small.score(frame)["risk"].tolist() == pytest.approx([post.risk for post in said], abs=1e-12)
    with pytest.raises(bn.QuestionError, match=r"hscrp \[kg\]"):
        small.score(pd.DataFrame({"hscrp [kg]": [4.1]}))


def test_a_unit_in_a_cell_wins_over_that_of_its_header(small: bn.RiskModel) -> None:
    frame = pd.DataFrame(
        {
            "age [months]": ["816", "68 year", "age_65_69", "[780, 840)", "x"],
            "CRP [mg/dL]": ["0.41 mg/dL", "4.1 mg/L", "0.41", "<0.03 mg/dL", "unknown"],
        }
    )
    agrees(small, frame)
    said = [small.posterior(age=68, hscrp=4.1)] * 3 + [small.posterior(age="[65, 70)", hscrp="<0.3")]
    scored = small.score(frame)
    assert scored["risk"].tolist()[:4] == pytest.approx([post.risk for post in said], abs=1e-12)
    assert "found 'x'" in scored["error"].iloc[4]
    assert "found 'unknown'" in scored["error"].iloc[4]


def test_states_may_be_yes_and_no_or_ones_and_zeros(small: bn.RiskModel) -> None:
    frame = pd.DataFrame(
        {
            "physical_activity": [1.0, 0.0, None],
            "inflammation": [True, False, True],
            "sarcopenia": ["yes", " No ", "n/a"],
            "p62": pd.Categorical(["high", "LOW", None]),
        }
    )
    said = [
        small.posterior(physical_activity="active", inflammation="present", sarcopenia="present", p62="high"),
        small.posterior(physical_activity="inactive", inflammation="absent", sarcopenia="absent", p62="low"),
        small.posterior(inflammation="present"),
    ]
    assert small.score(frame)["risk"].tolist() == pytest.approx([post.risk for post in said], abs=1e-12)


@pytest.mark.parametrize("header", ["physical_activity", "sarcopenia", "er_stress", "diagnosed_diabetes"])
def test_yes_and_no_are_spelled_alike_everywhere(small: bn.RiskModel, header: str) -> None:
    spellings = ["yes", "Y", "TRUE", "true", "1", True, 1, 1.0], ["no", "n", "False", "FALSE", "0", False, 0, 0.0]
    for same in spellings:
        wanted = small.posterior({header: same[0]}).risk
        assert [small.posterior({header: one}).risk for one in same] == [wanted] * len(same)
        frame = pd.DataFrame({header: [str(one) for one in same]})
        assert small.score(frame)["risk"].tolist() == pytest.approx([wanted] * len(same), abs=1e-12)
    assert small.posterior({header: "yes"}).risk != small.posterior({header: "no"}).risk


@pytest.mark.parametrize("said", ["yes", True, "0", "n"])
def test_yes_and_no_name_no_state_where_they_could_be_either(small: bn.RiskModel, said: object) -> None:
    with pytest.raises(bn.UnknownNameError, match="known: female, male"):
        small.posterior(sex=said)


def test_the_index_may_repeat_and_the_input_is_not_touched(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"note": ["a", "b"], "age": [50, 300]}, index=[7, 7])
    before = frame.copy(deep=True)
    scored = small.score(frame, interval=False)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(scored[["note", "age"]], before)
    assert list(scored.columns[2:4]) == ["risk", "p_er_stress"]
    assert list(scored.columns[-2:]) == ["log_evidence", "error"]


def test_the_summary_counts_by_kind(small: bn.RiskModel) -> None:
    frame = pd.DataFrame(
        {"age": ["300", "NA", "-5", "50"], "il6": ["x", "1", "2", "3 kg"], "homa_ir": 2.0, "hscr": 1.5, "who": "me"}
    )
    steps: list[tuple[int, int]] = []
    with pytest.warns(bn.UnreadColumnsWarning, match="pass meaning={'hscr': 'hscrp'}"):
        scored, summary = small.score(
            frame, interval=False, summary=True, progress=lambda done, total: steps.append((done, total))
        )
    assert list(scored["error"] == "") == [False, True, False, False]
    assert {name: (kind.count, kind.first) for name, kind in summary.errors.items()} == {
        "age: out of range": (2, (1, 3)),
        "il6: cannot be read": (1, (1,)),
        "il6: unit does not fit": (1, (4,)),
    }
    assert (summary.rows, summary.failed, summary.without) == (4, 3, {"age": 1})
    assert summary.outcomes == ("insulin_resistance",)
    assert "hscrp" in summary.passed["hscr"]
    assert steps[-1] == (4, 4)
    assert "2x age: out of range (row 1, 3)" in str(summary)


def test_arrays_have_the_documented_axes(small: bn.RiskModel) -> None:
    scores = small.posterior_array(pd.DataFrame({"age": [50, 60, 300]}))
    assert scores.posterior("inflammation").shape == (2, 3)
    assert scores.probabilities.shape == (len(scores.columns), 3)
    assert scores.posterior("inflammation")[1] == pytest.approx(
        scores.probabilities[scores.columns.index(("inflammation", 1))], nan_ok=True
    )
    assert scores.interval is not None
    assert (scores.interval.shape, scores.risk.shape, scores.log_evidence.shape) == ((2, 3), (3,), (3,))
    assert np.isnan(scores.risk).tolist() == [False, False, True]


def test_an_empty_frame_and_one_without_age(small: bn.RiskModel) -> None:
    empty = small.score(pd.DataFrame({"age": [], "bmi": []}))
    assert len(empty) == 0
    assert "risk_high" in empty
    ageless = small.score(pd.DataFrame({"bmi": [31.2]}))
    assert ageless["risk"].iloc[0] == pytest.approx(small.posterior(bmi=31.2).risk, abs=1e-12)
    required = small.score(pd.DataFrame({"age": [50, None], "bmi": [31.2, 31.2]}), require=("age",))
    assert list(required["error"] != "") == [False, True]
    with pytest.raises(bn.QuestionError, match="no column gives age"):
        small.score(pd.DataFrame({"bmi": [31.2]}), require=("age",))
