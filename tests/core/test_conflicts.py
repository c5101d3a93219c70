"""Findings that hardly go together are told, and those that cannot are refused: alone and in batches."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from cohort_files import scored_with_summary

import bn
from bn.core.errors import QuestionError
from bn.core.notes import Note
from bn.core.notes.conflict import AT_ODDS
from cpds.measurement import Readings, exact, log_likelihood
from cpds.misfits import misfits
from cpds.products import short


def conflicts(model: bn.RiskModel, **findings: Any) -> list[Note]:
    return [note for note in model.notes(findings) if note.kind == "conflict"]


class TestStatements:
    """A state that is stated beside a marker that speaks against it."""

    def test_a_diagnosis_against_what_is_said(self, model: bn.RiskModel) -> None:
        (note,) = conflicts(model, dysglycemia="absent", diagnosed_diabetes="yes")
        assert note.findings == ("dysglycemia", "diagnosed_diabetes")
        normal, _, diabetes = log_likelihood(model.knowledge, "diagnosed_diabetes", exact([1.0])).values[:, 0]
        factor = float(np.exp(diabetes - normal))
        assert 1350 <= factor < 1450
        assert note.text.startswith(
            "dysglycemia is said to be normal, but diagnosed_diabetes yes is 1400 times likelier where it is diabetes"
        )

    @pytest.mark.parametrize(
        "findings",
        [
            {"dysglycemia": "impaired+", "diagnosed_diabetes": "yes"},
            {"dysglycemia": "diabetes", "diagnosed_diabetes": "yes"},
            {"dysglycemia": "absent", "diagnosed_diabetes": "no"},
            {"inflammation": "absent", "tnf_alpha": 500},  # multiplies the odds by 7 at most: too weak to doubt it
            {"inflammation": "absent", "crp": 5},  # by less than 20
            {"dysglycemia": {"normal": 9, "impaired": 1, "diabetes": 1}, "diagnosed_diabetes": "yes"},  # none excluded
            {"insulin_resistance": "absent", "homa_ir": 9, "insulin_treated": "yes"},  # void
        ],
    )
    def test_what_goes_together_is_no_conflict(self, model: bn.RiskModel, findings: dict[str, Any]) -> None:
        assert conflicts(model, **findings) == []

    def test_a_reading_against_what_is_said(self, model: bn.RiskModel) -> None:
        (note,) = conflicts(model, insulin_resistance="absent", homa_ir=9)
        assert note.findings == ("insulin_resistance", "homa_ir")
        assert "homa_ir 9 " in note.text

    def test_a_grade_against_a_higher_one(self, model: bn.RiskModel) -> None:
        """An impairment is no diabetes: it excludes the grade above it, too."""
        (note,) = conflicts(model, dysglycemia="impaired", diagnosed_diabetes="yes")
        _, impaired, diabetes = log_likelihood(model.knowledge, "diagnosed_diabetes", exact([1.0])).values[:, 0]
        assert f"is {short(float(np.exp(diabetes - impaired)))} times likelier where it is diabetes" in note.text

    def test_the_factor_is_that_of_people_like_this_one(self, model: bn.RiskModel) -> None:
        """A HOMA-IR speaks the more for resistance the leaner people are."""
        tables = log_likelihood(model.knowledge, "homa_ir", exact([4.0])).values[..., 0]
        factors = np.exp(tables[1] - tables[0])
        assert factors.min() < AT_ODDS < factors.max()
        states = model.knowledge.variables["adiposity"].states
        for state, factor in zip(states, factors, strict=True):
            found = conflicts(model, insulin_resistance="absent", homa_ir=4, adiposity=state)
            assert bool(found) == (factor > AT_ODDS), state

    @pytest.mark.parametrize(("reading", "told"), [(9.0, True), (4.0, False), (2.5, False)])
    def test_unknown_strata_are_summed_out_about_as_the_network_does(
        self, small: bn.RiskModel, reading: float, told: bool
    ) -> None:
        before, after = small.posterior().risk, small.posterior(homa_ir=reading).risk
        ratio = after / (1 - after) / (before / (1 - before))
        assert (ratio > AT_ODDS) == told
        assert bool(conflicts(small, insulin_resistance="absent", homa_ir=reading)) == told

    def test_a_batch_says_of_each_row_what_one_person_hears(self, model: bn.RiskModel) -> None:
        frame = pd.DataFrame(
            {
                "dysglycemia": ["absent", "absent", "impaired+", None, "absent"],
                "diagnosed_diabetes": ["yes", "no", "yes", "yes", "yes"],
                "insulin_resistance": ["absent", None, "absent", "absent", None],
                "homa_ir": [9.0, 9.0, 1.0, 4.0, None],
                "bmi": [22.0, 22.0, 22.0, 18.0, None],
            }
        )
        scored, summary = scored_with_summary(model, frame, False, False)
        assert (scored["error"] == "").all()
        rows: dict[str, list[int]] = {}
        for place, row in enumerate(frame.to_dict("records"), 1):
            for note in conflicts(model, **{name: value for name, value in row.items() if not pd.isna(value)}):
                rows.setdefault(note.findings[-1], []).append(place)
        assert rows == {"diagnosed_diabetes": [1, 5], "homa_ir": [1, 4]}
        for marker, places in rows.items():
            (kind,) = (kind for text, kind in summary.remarks.items() if text.startswith(f"conflict: {marker} "))
            assert (kind.count, kind.first) == (len(places), tuple(places))

    @pytest.mark.parametrize(
        ("findings", "speakers"),
        [
            (
                {"dysglycemia": "impaired+", "hba1c": 4.8, "glucose": 75, "glucose_2h": 80, "diagnosed_diabetes": "no"},
                ("hba1c", "fasting_glucose", "glucose_2h", "diagnosed_diabetes"),
            ),
            (
                {"sarcopenia": "absent", "grip": 12, "muscle_mass_index": 4.5, "gait_speed": 0.4},
                ("grip_strength", "muscle_mass_index", "gait_speed"),
            ),
            (
                {"sarcopenia": "absent", "grip": 8, "gait_speed": 1.5, "muscle_mass_index": 4.0, "sex": "male"},
                ("grip_strength", "muscle_mass_index"),
            ),
        ],
    )
    def test_markers_of_a_variable_are_judged_together(
        self, model: bn.RiskModel, findings: dict[str, Any], speakers: tuple[str, ...]
    ) -> None:
        """Those that speak against what is said are named, and none of them is told to add nothing."""
        variable, state = next(iter(findings.items()))
        (note,) = conflicts(model, **findings)
        assert note.findings == (variable, *speakers)
        assert "together are" in note.text
        assert note.text.endswith("so check all of them")
        idle = {name for one in model.notes(findings) if one.kind == "unused" for name in one.findings}
        assert not idle & set(speakers)
        rest = {name: value for name, value in findings.items() if name != variable}
        frame = pd.DataFrame([findings, rest, {variable: state}])
        _, summary = scored_with_summary(model, frame, False, False)
        (kind,) = (kind for text, kind in summary.remarks.items() if text.startswith("conflict: "))
        assert (kind.count, kind.first) == (1, (1,))

    def test_the_factor_is_about_the_networks(self, small: bn.RiskModel) -> None:
        """What is said joins the markers' likelihood as the network uses it: odds before and after tell the same."""
        known = {"age": 50, "sex": "male", "insulin_resistance": "absent"}
        markers = {"hba1c": 4.8, "glucose": 75, "glucose_2h": 80, "diagnosed_diabetes": "no"}
        for said, against in (("impaired+", "impaired"), ("diabetes", "diabetes")):
            (note,) = conflicts(small, dysglycemia=said, **known, **markers)
            states = [small.posterior(known | given)["dysglycemia"] for given in ({}, markers)]
            odds = [one["normal"] / one[against] for one in states]
            assert f"together are {short(odds[1] / odds[0])} times likelier where it is normal" in note.text

    def test_one_that_the_others_outweigh_is_no_conflict(self, model: bn.RiskModel) -> None:
        person = {"sarcopenia": "absent", "sex": "male", "age": 60}
        assert conflicts(model, **person, grip=8)
        assert conflicts(model, **person, grip=8, muscle_mass_index=11, gait_speed=1.7) == []

    def test_treatment_implies_the_disease(self, model: bn.RiskModel) -> None:
        (note,) = conflicts(model, diagnosed_diabetes="no", insulin_treated="yes")
        assert note.findings == ("insulin_treated", "diagnosed_diabetes")
        for findings in ({"diagnosed_diabetes": "yes", "insulin_treated": "yes"}, {"insulin_treated": "no"}):
            assert conflicts(model, **findings) == []


class TestProducts:
    """A product that is given beside its factors is one equation with them."""

    def test_the_equation_is_told(self, model: bn.RiskModel) -> None:
        with pytest.raises(
            QuestionError,
            match=r"homa_ir: 1 does not fit fasting_insulin 20 x fasting_glucose 200 / 405 = 9.9; check the three$",
        ):
            model.posterior(homa_ir=1.0, glucose=200, insulin=20)

    def test_an_insulin_in_pmol_is_named(self, model: bn.RiskModel) -> None:
        with pytest.raises(QuestionError, match=r"= 16; .* give fasting_insulin its unit if it is in pmol/L$"):
            model.posterior(homa_ir=2.7, glucose=100, insulin=66)
        assert model.posterior(homa_ir=2.7, glucose=100, insulin="66 pmol/L").risk > 0

    @pytest.mark.parametrize(
        ("homa", "insulin", "glucose", "fits"),
        [
            ((2.7, 0), (11.0, 0), (100.0, 0), True),
            ((2.7, 0), (11.0 * 1.158, 0), (100.0, 0), True),  # converted with 6.0 what was computed with 6.945
            ((0.3, 0), (1.4, 0), (101.0, 0), True),  # 0.349, printed with one decimal
            ((2.7, 0), (16.0, 0), (100.0, 0), False),  # 3.95: a factor of 1.46
            ((5.0, 1), (4.0, 0), (90.0, 0), False),
            ((5.0, 1), (40.0, 0), (90.0, 0), True),
            ((5.0, -1), (4.0, 0), (90.0, 0), True),
            ((1.0, -1), (40.0, 0), (90.0, 0), False),
            ((5.0, 0), (4.0, 1), (90.0, 0), True),
            ((5.0, 0), (4.0, -1), (90.0, 0), False),
            ((5.0, 0), (4.0, -1), (90.0, 1), True),
            ((np.nan, 0), (4.0, 0), (90.0, 0), True),
            ((1.0, 0), (np.nan, 0), (400.0, 0), True),
        ],
    )
    def test_only_what_no_value_satisfies_is_refused(
        self,
        model: bn.RiskModel,
        homa: tuple[float, int],
        insulin: tuple[float, int],
        glucose: tuple[float, int],
        fits: bool,
    ) -> None:
        names = ("homa_ir", "fasting_insulin", "fasting_glucose")
        given = {
            name: Readings(np.array([value]), np.array([side], dtype=np.int8))
            for name, (value, side) in zip(names, (homa, insulin, glucose), strict=True)
        }
        assert (not list(misfits(model.knowledge, given))) == fits

    def test_in_a_batch_it_is_that_row_s_error(self, small: bn.RiskModel) -> None:
        frame = pd.DataFrame(
            {"homa_ir": ["1.0", "2.7", ">5", None], "glucose": [200, 100, 90, 100], "insulin": [20, 11, 4, 66]}
        )
        scored, summary = scored_with_summary(small, frame, False, False)
        with pytest.raises(QuestionError) as alone:
            small.posterior(homa_ir=1.0, glucose=200, insulin=20)
        assert scored["error"].tolist()[:2] == [str(alone.value), ""]
        assert scored["error"][2].startswith("homa_ir: >5 does not fit fasting_insulin 4 x fasting_glucose 90 / 405")
        assert scored["error"][3] == ""
        assert scored["risk"].isna().tolist() == [True, False, True, False]
        (kind,) = summary.errors.values()
        assert (kind.count, kind.first) == (2, (1, 3))
