"""The knowledge files obey their rules, and each rule is seen to fail on a file that breaks it."""

from pathlib import Path

import numpy as np
import pytest
from data_edits import edit

import bn
from bn.core.model import Network
from cpds.check import problems
from cpds.knowledge import KnowledgeError
from cpds.logistic import cpd, design, effects_at, expit, parameter_names, to_steps
from cpds.table import Table


def test_the_shipped_knowledge_is_sound() -> None:
    assert problems() == []


BROKEN = [
    ("unknown key", "variables/er_stress.toml", r"title = ", "titel = ", "er_stress.toml: titel: unknown key"),
    ("missing key", "variables/er_stress.toml", r'definition = ".*"\n', "", "er_stress.toml: definition: missing"),
    ("text for a number", "variables/er_stress.toml", r"value = (-?[\d.]+)", r'value = "\1"', "intercepts 1 value: Expected `float | null`, got `str` (found '"),
    ("text for an effect", "variables/inflammation.toml", r"value = 0\.8", 'value = "0.8"', "inflammation.toml: parents adiposity effects 1 value: Expected"),
    ("no reason in a list", "biomarkers/il6.toml", r'basis = "converted", source = .* \}', 'basis = "assumed" }', "il6.toml: reference strata 1: basis 'assumed' also needs why"),
    ("file and id differ", "variables/er_stress.toml", r'id = "er_stress"', 'id = "er"', "expected 'er_stress'"),
    ("not TOML", "variables/er_stress.toml", r"states = \[", "states = ", "not valid TOML"),
    ("unknown parent", "variables/er_stress.toml", r'id = "age"', 'id = "agee"', "unknown variable 'agee' (did you mean 'age'?)"),
    ("circle", "variables/ptp1b_excess.toml", r'id = "age"\n(.*\n)*?effects', 'id = "insulin_resistance"\nsign = "+"\neffects', "circle"),
    ("no value", "variables/er_stress.toml", r"value = -?[\d.]+\n", "", "needs a value"),
    ("no reason", "variables/er_stress.toml", r'why = ".*"\n', "", "basis 'assumed' also needs why"),
    ("no source", "variables/sex.toml", r'source = "nhanes"\n', "", "basis 'reported' also needs source"),
    ("unknown source", "targets.toml", r'source = "P015"', 'source = "P915"', "unknown 'P915'"),
    ("unknown grade", "variables/er_stress.toml", r'grade = "\w+"', 'grade = "gossip"', "unknown 'gossip'"),
    ("graded with a value", "variables/er_stress.toml", r'basis = "graded"', 'basis = "graded", value = 0.3', "remove them here"),
    ("graded without sign", "variables/er_stress.toml", r'sign = "\+"\n', "", "sign: missing"),
    ("value against sign", "variables/sarcopenia.toml", r"value = 0.45", "value = -0.45", "runs against sign"),
    ("interval excludes value", "biomarkers/hscrp.toml", r"low = 2\.0", "low = 2.9", "excludes its value"),
    ("half an interval", "biomarkers/hscrp.toml", r"low = 2\.0, ", "", "needs both low and high"),
    ("wrong number of effects", "variables/er_stress.toml", r"effects = \[\n(.*)\n", r"effects = [\n\1\n\1\n", "2 knots need 1 effects"),
    ("effects fewer than states", "variables/inflammation.toml", r'(id = "adiposity")\nknots = .*\nper = .*\n', r"\1\n", "found 1, expected 9"),
    ("knots without a scale", "variables/adiposity.toml", r'id = "physical_activity"\n', 'id = "physical_activity"\nknots = [0.0, 1.0]\nper = 1.0\n', "no numeric scale"),
    ("knots fall", "variables/er_stress.toml", r"knots = \[20.0, 90.0\]", "knots = [90.0, 20.0]", "knots must rise"),
    ("shares do not sum to one", "variables/sex.toml", r"values = \[0\.5", "values = [0.4", "nothing is rescaled"),
    ("states repeat", "variables/er_stress.toml", r'\["absent", "present"\]', '["present", "present"]', "differ from one another"),
    ("no risk", "variables/insulin_resistance.toml", r'risk = "present"\n', "", "0 variables name a risk state"),
    ("risk is no state", "variables/insulin_resistance.toml", r'risk = "present"', 'risk = "presnt"', "did you mean 'present'?"),
    ("alias of no state", "variables/sex.toml", r'f = "female"', 'f = "femal"', "unknown state 'femal'"),
    ("survey figure altered", "variables/sex.toml", r'locator = "female"', 'locator = "femle"', "no computed figure 'femle'"),
    ("survey value altered", "variables/dysglycemia.toml", r"value = 0.99\d+", "value = 0.9", "but the computed figure"),
    ("survey reference altered", "biomarkers/homa_ir.toml", r"center = 1\.0103", "center = 1.2", "differ from the computed"),
    ("product without tolerance", "biomarkers/homa_ir.toml", r"tolerance = .*\n", "", "tolerance: goes with product_of"),
    ("tolerance without product", "biomarkers/fasting_insulin.toml", r"error = ", 'tolerance = { basis = "assumed", value = 0.4, why = "-" }\nerror = ', "tolerance: goes with product_of"),
    ("negative tolerance", "biomarkers/homa_ir.toml", r"value = 0\.4", "value = -0.4", "tolerance: found -0.4, expected above 0"),
    ("implies a number", "biomarkers/insulin_treated.toml", r'implies = \["\w+"\]', 'implies = ["hba1c"]', "implies: 'hba1c' is graded"),
    ("implies nothing known", "biomarkers/insulin_treated.toml", r'implies = \["\w+"\]', 'implies = ["diabetis"]', "implies: unknown 'diabetis'"),
    ("unknown conversion", "targets.toml", r'"weighted_sum"', '"wheighted_sum"', "unknown 'wheighted_sum' (did you mean 'weighted_sum'?)"),
    ("conversion gives another value", "targets.toml", r"times_1 = 1\.25", "times_1 = 2.25", "but weighted_sum gives"),
    ("conversion inputs", "targets.toml", r"smd = 1\.0342", "smdd = 1.0342", "unexpected keyword"),
    ("no spread", "variables/er_stress.toml", r"spread = [\d.]+\n", "", "spread: missing"),
    ("target names nothing", "targets.toml", r'event = \{ dysglycemia', "event = { dysglycaemia", "unknown name 'dysglycaemia'"),
    ("worked case of nothing", "cases.toml", r'hscrp = "8"', 'hscrpp = "8"', "cases.toml: case heavy_and_inflamed: unknown name 'hscrpp' (did you mean 'hscrp'?)"),
    ("battery of nothing", "battery.toml", r'bmi = "43"', 'bmii = "43"', "battery.toml: battery very_heavy: findings: unknown name 'bmii' (did you mean 'bmi'?)"),
    ("battery does nothing known", "battery.toml", r'do = \["weight_loss"\]', 'do = ["weight_los"]', "battery weight_loss: do: unknown intervention 'weight_los' (did you mean 'weight_loss'?); a variable is set by name=state"),
    ("battery at a dose", "battery.toml", r"at1_blockade:0\.5", "at1_blockad:0.5", "do: unknown intervention 'at1_blockad' (did you mean 'at1_blockade'?)"),
    ("battery sets nothing known", "battery.toml", r"sarcopenia=absent", "sarcopena=absent", "do: unknown variable 'sarcopena' (did you mean 'sarcopenia'?)"),
    ("battery sets no state", "battery.toml", r"sarcopenia=absent", "sarcopenia=abset", "do: sarcopenia has no state 'abset' (did you mean 'absent'?)"),
    ("battery item twice", "battery.toml", r'id = "anybody"', 'id = "very_heavy"', "battery.toml: id: two have the same id"),
    ("words for nobody", "variables/sex.toml", r'\nmale = \{ many', '\nmen = { many', "variables/sex.toml: people men: unknown state 'men'"),
    ("nobody does it", "interventions/weight_loss.toml", r'done_by = "person"\n', "", "done_by"),
    ("setting twice", "settings.toml", r'id = "stronger_signaling"', 'id = "weaker_signaling"', "two have the same id"),
    ("edges fall", "variables/adiposity.toml", r"19\.0, 21\.0", "21.0, 19.0", "edges must rise"),
    ("midpoint outside", "variables/adiposity.toml", r"17\.9", "27.9", "lies outside"),
    ("act sets and shifts", "interventions/jnk_inhibition.toml", r'variable = "jnk_activation"', 'variable = "jnk_activation"\nset = "absent"', "exactly one of set, shift"),
    ("word means nothing known", "column_words.toml", r'meaning = "age"', 'meaning = "agee"', "column_word age: meaning: unknown 'agee' (did you mean 'age'?)"),
    ("word in a wrong unit", "dictionaries/nhanes.toml", r'unit = "mmol/L"', 'unit = "kg"', "dictionaries/nhanes.toml: columns: nhanes_glucose_si: unit: fasting_glucose: found unit 'kg'"),
    ("word twice", "column_words.toml", r'words = \["age", ', 'words = ["age", "bmi", ', "words: 'bmi' stands in age too"),
    ("word of an unknown source", "dictionaries/nhanes.toml", r'source = "nhanes_codebooks"', 'source = "codebooks"', "source: unknown 'codebooks'"),
    ("dictionary of words", "dictionaries/nhanes.toml", r'names = \["RIDAGEYR"\]', 'words = ["ridage"]', "columns: nhanes_age: a dictionary takes names"),
    ("code that says two things", "dictionaries/nhanes.toml", r'missing = \["3", ', 'missing = ["1", ', "columns: nhanes_diabetes: missing: code 1 stands in values too"),
    ("dictionary under another name", "dictionaries/nhanes.toml", r'id = "nhanes"', 'id = "nhane"', "nhanes.toml: id: found 'nhane', expected 'nhanes'"),
    ("word that says nothing", "column_words.toml", r'meaning = "age"\n', "", "use 'means' takes meaning"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_each_rule_names_what_breaks_it(data: Path, file: str, old: str, new: str, said: str) -> None:
    edit(data / file, old, new)
    found = problems(data)
    assert any(said in problem for problem in found), found
    assert all(Path(file).name in problem or "variables" in problem for problem in found), found


def test_all_problems_are_reported_at_once(data: Path) -> None:
    edit(data / "variables/er_stress.toml", r"title = ", "titel = ")
    edit(data / "variables/sex.toml", r"role = ", "rolle = ")
    edit(data / "biomarkers/hscrp.toml", r"kind = ", "kinds = ")
    said = "\n".join(problems(data))
    assert all(
        name in said for name in ("er_stress.toml: titel", "er_stress.toml: title", "sex.toml: rolle", "hscrp.toml")
    )


def test_a_broken_file_stops_the_model_with_its_name(data: Path) -> None:
    edit(data / "variables/er_stress.toml", r"title = ", "titel = ")
    with pytest.raises(KnowledgeError, match=r"er_stress\.toml: titel"):
        bn.load(data)


def test_parents_are_matched_by_name_not_by_position(model: bn.RiskModel) -> None:
    """The log odds of a child move by exactly the named parent's effect."""
    variables = model.knowledge.variables
    child = variables["inflammation"]
    table = cpd(child, variables, model.point)
    odds = np.log(table.values[1, ..., 0]) - np.log(table.values[0, ..., 0])
    for position, name in enumerate(table.axes[1:]):
        if name in ("oxidative_stress", "er_stress", "ras_overactivity"):
            step = np.diff(odds, axis=position)
            assert np.allclose(step, model.point[f"inflammation|{name}"][0]), name


def test_log_odds_are_the_sum_of_intercept_and_effects_at_every_combination(model: bn.RiskModel) -> None:
    variables = model.knowledge.variables
    parameters = {name: values[:3] for name, values in model.parameters.items()}
    for child in variables.values():
        if not child.shares:
            table = cpd(child, variables, parameters)
            names = parameter_names(child)[: len(child.states) - 1]
            wanted = Table((child.id,), np.stack([parameters[name] for name in names])).over(table.axes)
            for parent in child.parents:
                steps = [effects_at(step, child.id, parent) for step in child.states[1:]]
                effects = np.stack([[parameters[name] for name in names] for names in steps])
                sizes = Table((child.id, parent.id), design(parent, variables[parent.id]) @ effects)
                wanted = wanted + sizes.over(table.axes)
            found = to_steps(table.values, child.link)
            np.testing.assert_allclose(found, expit(wanted), rtol=1e-12, err_msg=child.id)


def test_new_files_alone_add_a_variable_a_biomarker_and_an_intervention(data: Path) -> None:
    (data / "variables/sleep_loss.toml").write_text(
        """
id = "sleep_loss"
title = "Sleep loss"
role = "mechanism"
states = ["none", "some", "severe"]
definition = "Fewer hours of sleep than needed."
[[intercepts]]
basis = "assumed"
value = -0.5
spread = 0.3
why = "an example"
[[intercepts]]
basis = "assumed"
value = -1.5
spread = 0.3
why = "an example"
[[parents]]
id = "age"
knots = [20.0, 90.0]
per = 10.0
effects = [{ basis = "assumed", value = 0.1, spread = 0.05, why = "an example" }]
""",
        encoding="utf-8",
    )
    edit(
        data / "variables/inflammation.toml",
        r"\n\[\[parents\]\]",
        '\n[[parents]]\nid = "sleep_loss"\neffects = [\n'
        '  { basis = "assumed", value = 0.2, spread = 0.1, why = "an example" },\n'
        '  { basis = "assumed", value = 0.6, spread = 0.1, why = "an example" },\n]\n\n[[parents]]',
    )
    (data / "biomarkers/sleep_hours.toml").write_text(
        """
id = "sleep_hours"
kind = "measured"
title = "Hours of sleep"
variable = "sleep_loss"
tissue = "diary"
direction = "-"
unit = "hour"
accepted = [0.0, 24.0]
note = "An example."
shift = { basis = "assumed", value = 2.0, why = "an example" }
[reference]
scale = "linear"
of = "absent"
strata = [{ center = 8.0, sd = 1.0, basis = "assumed", why = "an example" }]
""",
        encoding="utf-8",
    )
    (data / "interventions/sleep_hygiene.toml").write_text(
        """
id = "sleep_hygiene"
title = "Sleep hygiene"
done_by = "person"
note = "An example."
[[acts]]
variable = "sleep_loss"
set = "none"
""",
        encoding="utf-8",
    )
    new = problems(data)
    assert len(new) == 6
    assert all("sleep_loss" in problem and "is new since the posterior was fitted" in problem for problem in new)
    with pytest.warns(bn.StalePosteriorWarning, match="sleep_loss"):
        model = bn.load(data)
    tired = model.posterior(age=50, sleep_hours="4 hour")
    rested = model.posterior(age=50, sleep_hours=9)
    assert tired["sleep_loss"]["severe"] > 0.5 > rested["sleep_loss"]["severe"]
    assert tired["inflammation"]["present"] > rested["inflammation"]["present"]
    assert tired.risk > rested.risk
    assert sum(tired["sleep_loss"].values()) == pytest.approx(1, abs=1e-12)
    low, high = tired.interval("sleep_loss", "some")
    assert low < tired["sleep_loss"]["some"] < high
    act = model.knowledge.interventions["sleep_hygiene"].acts[0]
    assert model.network.do(act.variable, str(act.set)).states["sleep_loss"] == ("none", "some", "severe")


def test_no_mechanism_saturates_at_any_age(small: bn.RiskModel) -> None:
    network: Network = small.network
    roles = {name: variable.role for name, variable in small.knowledge.variables.items()}
    for age in network.states["age"]:
        post = small.posterior(age=age)
        for name, role in roles.items():
            if role in ("mechanism", "signaling"):
                assert post[name]["present"] < 0.9, (age, name)
