"""Rules of claims, names, strata, posterior and likelihoods are each seen to fail on a file that breaks them."""

from pathlib import Path

import numpy as np
import pytest
from data_edits import edit

from cpds.check import problems

CLAIMS = [
    ("claim missing", "claims.tsv", r"C002\t.*\n", "", "C002: missing; every claim of the review has a row"),
    ("claim too many", "claims.tsv", r"C552\t(.*)\n", r"C552\t\1\nC553\t\1\n", "C553: the review has 552 claims"),
    ("claims out of order", "claims.tsv", r"(C002\t.*\n)(C003\t.*\n)", r"\2\1", "out of order"),
    ("no reason", "claims.tsv", r"(C051\t.*\tagainst age -> ptp1b_excess)\t.*\n", r"\1\t\n", "C051: reason: empty"),
    ("unknown relation", "claims.tsv", r"C001\tAbstract\tage\tincreases", "C001\tAbstract\tage\tincrease", "did you mean 'increases'?"),
    ("lines backward", "claims.tsv", r"\t9\t10\t", "\t19\t10\t", "line_from 19 lies behind line_to 10"),
    ("pointer unreadable", "claims.tsv", r"total age -> dysglycemia", "total age dysglycemia", "points to nothing"),
    ("pointer to nothing known", "claims.tsv", r"total age -> dysglycemia", "total age -> dysglycaemia", "unknown variable 'dysglycaemia'"),
    ("pointer to no arc", "claims.tsv", r"total age -> dysglycemia", "age -> insulin_resistance", "insulin_resistance has no parent 'age'"),
    ("encoded without a pointer", "claims.tsv", r"total age -> dysglycemia", "", "C001: encoded_as: a claim that is target points to what encodes it"),
    ("the same pointer twice", "claims.tsv", r"total age -> dysglycemia", "total age -> dysglycemia; total age -> dysglycemia", "names the same twice"),
    ("people of a claim unknown", "claims.tsv", r"\tage=60\+\t", "\tage_group=60+\t", "C078: given: no state '60+' of 'age_group'"),
    ("people asked of an arc", "claims.tsv", r"(C003\t.*?\tunspecified\t\t)\t", "\\1age=60+\t", "C003: given: no effect of age -> mitochondrial_dysfunction is asked"),
    ("findings compared unknown", "claims.tsv", r"(C076\t.*?\tunspecified\t\t\t)\t", r"\1absent against gone\t", "C076: compared: no state 'gone' of 'mitochondrial_dysfunction'"),
    ("findings compared of a group", "claims.tsv", r"(C002\t.*?\tunspecified\t\t\t)\t", r"\1absent against present\t", "C002: compared: muscle_dysfunction stands for several variables"),
    ("against what is not contradicted", "claims.tsv", r"total age -> dysglycemia", "against variable age", "'against' belongs to contradicted claims"),
    ("term missing", "terms.tsv", r"age\tage\t.*\n", "", "age: missing; a claim uses it"),
    ("term idle", "terms.tsv", r"(age\tage\t.*\n)", r"\1agee\tage\t+\t\n", "agee: no claim uses it"),
    ("term refers to nothing", "terms.tsv", r"age\tage\t", "age\tagee\t", "refers_to: unknown 'agee'"),
    ("term without a sense", "terms.tsv", r"(age\tage)\t\S*", r"\1\t", "age: sense: goes with refers_to"),
    ("arc lists a claim of another", "variables/er_stress.toml", r'claims = \["C(\d+)"', r'claims = ["C001", "C\1"', "C001 listed, but encoded_as in claims.tsv points elsewhere"),
    ("lagged arc lacks a claim", "lagged.toml", r'"C195", ', "", "lacks C195, whose encoded_as in claims.tsv points here"),
    ("lagged arc of nothing", "lagged.toml", r'child = "mito\w+"', 'child = "mitochondria"', "unknown variable 'mitochondria'"),
    ("intervention acts on nothing", "interventions/jnk_inhibition.toml", r'variable = "jnk_activation"', 'variable = "jnk_activated"', "unknown variable 'jnk_activated' (did you mean 'jnk_activation'?)"),
    ("contrary without a source", "contrary.tsv", r"E010\t", "E910\t", "E910: no such source"),
    ("contrary to nothing", "contrary.tsv", r"E010\tage\tno_effect\tmito\w+", "E010\tage\tno_effect\tmitochondria", "E010: unknown 'mitochondria'"),
    ("change with age of no marker", "age_figures.tsv", r"\tceramide\t", "\tceramides\t", "unknown biomarker 'ceramides' (did you mean 'ceramide'?)"),
    ("change with age of no claim", "age_figures.tsv", r"C100\t", "C900\t", "C900: no such claim with a figure"),
    ("change with age falls", "age_figures.tsv", r"\t0.5\t1.5\t", "\t1.5\t0.5\t", "low 1.5 is not below high 0.5"),
]  # fmt: skip

SOURCES = [
    ("address of a machine", "sources.toml", r'address = "https://pubmed[^"]*"', 'address = "http://47.251.13.51:8081/1"', "'47.251.13.51' passes on or copies pages of others"),
    ("address of a library's proxy", "sources.toml", r'address = "https://pubmed[^"]*"', 'address = "http://0-www-ncbi.brum.beds.ac.uk/1"', "'0-www-ncbi.brum.beds.ac.uk' passes on"),
    ("address by a proxy", "sources.toml", r'address = "https://pubmed[^"]*"', 'address = "https://app.example.org/proxy/1"', "'app.example.org' passes on"),
    ("address of a translation", "sources.toml", r'address = "https://pubmed[^"]*"', 'address = "https://x.weglot.com/en/1"', "'x.weglot.com' passes on"),
    ("source without a title", "sources.toml", r'title = .*\n', "", "source B001: title: missing; add it"),
    ("DOI with more than that", "sources.toml", r'doi = "10', 'doi = "doi:10', "doi"),
    ("tabulated and read on a page", "sources.toml", r'(id = "E146"\n(?:.*\n)*?address = .*)', r'\1\ntabulated = true', "E146: read: 'page', but E146 is tabulated"),
]  # fmt: skip

NAMES_AND_STRATA = [
    ("alias of another marker", "biomarkers/il6.toml", r"aliases = \[", 'aliases = ["CRP", ', "'CRP' already stands for that of biomarkers/hscrp.toml"),
    ("alias spelled otherwise", "biomarkers/il6.toml", r"aliases = \[", 'aliases = ["hba1c-pct", ', "'hba1c-pct' already stands for that of biomarkers/hba1c.toml"),
    ("alias of a variable", "variables/sex.toml", r"aliases = \[", 'aliases = ["Age", ', "'Age' already stands for that of variables/age.toml"),
    ("alias across kinds", "biomarkers/il6.toml", r"aliases = \[", 'aliases = ["er stress", ', "'er stress' already stands for that of variables/er_stress.toml"),
    ("alias of another intervention", "interventions/weight_loss.toml", r"aliases = \[", 'aliases = ["losartan", ', "'losartan' already stands for that of interventions/at1_blockade.toml"),
    ("definition of nothing", "definitions.toml", r'variable = "dysglycemia"', 'variable = "dysglycaemia"', "unknown 'dysglycaemia' (did you mean 'dysglycemia'?)"),
    ("definition of no event", "definitions.toml", r'variable = "dysglycemia"', 'variable = "dysglycemia"\nevent = "present+"', "event: dysglycemia has no state 'present+'; name one of normal, impaired, diabetes, or impaired+"),
    ("definition of everybody", "definitions.toml", r'variable = "dysglycemia"', 'variable = "dysglycemia"\nevent = "normal+"', "'normal+' leaves out no state"),
    ("event of nothing", "variables/sarcopenia.toml", "\nrole = ", '\nevent = ["presnt"]\nrole = ', "event: unknown state 'presnt' (did you mean 'present'?)"),
    ("event of all states", "variables/sarcopenia.toml", "\nrole = ", '\nevent = ["absent", "present"]\nrole = ', "event: found absent, present, expected the last state"),
    ("event with a gap", "variables/adiposity.toml", "\nrole = ", '\nevent = ["bmi_35_40"]\nrole = ', "event: found bmi_35_40, expected the last state"),
    ("event beside the risk", "variables/insulin_resistance.toml", "\nrole = ", '\nevent = ["present"]\nrole = ', "the risk's state 'present' is the event already"),
    ("target of no state", "targets.toml", r'dysglycemia = "impaired\+"', 'dysglycemia = "present"', "dysglycemia has no state 'present'; name one of normal, impaired, diabetes, or impaired+"),
    ("term of no state", "terms.tsv", r"\tdysglycemia\t", "\tdysglycemia=present\t", "refers_to: dysglycemia has no state 'present'"),
    ("term of a marker's state", "terms.tsv", r"\tceramide\t", "\tceramide=high\t", "'ceramide' is no variable and has no state 'high'"),
    ("contrary to no state", "contrary.tsv", r"\tdysglycemia\t", "\tdysglycemia=present\t", "dysglycemia has no state 'present'"),
    ("definition leaves people out", "definitions.toml", r'  \{ where = \{ sex = "female", age = \[20.*\n', "", "age age_20_24, sex female: covered 0 times"),
    ("criterion of no marker", "definitions.toml", r'marker = "hba1c"', 'marker = "hba1"', "criteria: marker 'hba1': unknown (did you mean 'hba1c'?)"),
    ("criterion of another variable", "definitions.toml", r'marker = "hba1c"', 'marker = "hscrp"', "speaks of inflammation, expected a marker of dysglycemia"),
    ("criterion beyond everybody", "definitions.toml", r"at_least = \{ value = 5.7", "at_least = { value = 57.0", "found at_least 57, expected"),
    ("answer of a number", "definitions.toml", r'marker = "diagnosed_diabetes"', 'marker = "hba1c"', "is graded and takes no answer; give at_least"),
    ("band within a state", "variables/age.toml", r"bands = \[40", "bands = [41", "bands must rise and be inner edges"),
    ("definition cuts a state", "definitions.toml", r"\[20\.0, 40\.0\]", "[20.0, 42.0]", "cuts through a state"),
    ("a variable's claim does not exist", "variables/er_stress.toml", "\nrole = ", '\nclaims = ["C900"]\nrole = ', "'C900' is not in claims.tsv"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [case[1:] for case in CLAIMS + SOURCES + NAMES_AND_STRATA],
    ids=[case[0] for case in CLAIMS + SOURCES + NAMES_AND_STRATA],
)
def test_each_rule_names_what_breaks_it(data: Path, file: str, old: str, new: str, said: str) -> None:
    edit(data / file, old, new)
    found = problems(data)
    assert any(said in problem for problem in found), found
    assert any(file in problem for problem in found), found


def test_a_marker_and_a_variable_do_not_share_an_id(data: Path) -> None:
    text = (data / "biomarkers/il6.toml").read_text(encoding="utf-8")
    (data / "biomarkers/er_stress.toml").write_text(text.replace('id = "il6"', 'id = "er_stress"'), encoding="utf-8")
    said = "biomarkers/er_stress.toml: id: 'er_stress' already stands for that of variables/er_stress.toml"
    assert any(problem.startswith(said) for problem in problems(data))


def test_an_arc_keeps_a_sign_only_where_it_has_claims(data: Path) -> None:
    file = data / "variables/adiposity.toml"
    edit(file, r'(\[\[parents\]\]\nid = "physical_activity"\n)', r'\1sign = "-"\n')
    (said,) = problems(data)
    assert said.startswith("variables/adiposity.toml: parent physical_activity: claims: none, but an arc that keeps a")


MEANING = [
    ("grades against direction", "biomarkers/hba1c.toml", r"center = 6\.4831(.*?)basis.*?\}", r'center = 4.4831\1basis = "assumed", why = "-" }', ("hba1c.toml: direction: found '+'", "from impaired to diabetes among ", "insulin_resistance absent", "the center moves the other way")),
    ("direction turned", "biomarkers/hba1c.toml", r'direction = "\+"', 'direction = "-"', ("hba1c.toml: direction: found '-'", "goes the other way by")),
    ("marker that tells nothing", "biomarkers/il6.toml", r"shift = \{(.*?)value = [\d.]+, low = [\d.]+", r"shift = {\1value = 0.01, low = 0.01", ("il6.toml: log likelihood ratios", "expected more than 0.5")),
    ("level too strong", "biomarkers/p62.toml", r"(?s)\[0\.12, 0\.2\](.*)\[0\.76, 0\.58\]", r"[0.02, 0.2]\1[0.86, 0.58]", ("p62.toml: levels: 'low' has a likelihood ratio of 10", "0.29 to 3.5")),
    ("level against direction", "biomarkers/p62.toml", r"(?s)\[0\.76, 0\.58\](.*)\[0\.12, 0\.22\]", r"[0.64, 0.7]\1[0.24, 0.1]", ("p62.toml: levels: 'high' has a likelihood ratio of 0.417", "argues for 'present'")),
    ("normal argues for illness", "biomarkers/p62.toml", r"(?s)\[0\.12, 0\.2\](.*)\[0\.76, 0\.58\](.*)\[0\.12, 0\.22\]", r"[0.4, 0.2]\1[0.48, 0.58]\2[0.12, 0.22]", ("p62.toml: levels: 'normal' has", "expected below 1")),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "words"), [case[1:] for case in MEANING], ids=[c[0] for c in MEANING])
def test_what_a_marker_says_of_its_variable_is_checked(
    data: Path, file: str, old: str, new: str, words: tuple[str, ...]
) -> None:
    edit(data / file, old, new)
    found = problems(data)
    assert any(all(word in problem for word in words) for problem in found), found


def test_draws_against_a_sign_are_named(data: Path) -> None:
    path, names = data / "posterior/main.npy", (data / "posterior/parameters.tsv").read_text().splitlines()[1:]
    place = next(place for place, row in enumerate(names) if row.startswith("er_stress|age\t"))
    draws = np.load(path)
    listed = f"{draws[0, place]:.9g}"
    draws[3, place] = -0.1
    draws[0, place] = draws[1:, place].mean()
    np.save(path, draws)
    found = problems(data)
    assert any("posterior/main.npy: er_stress|age: 1 of 401 entries run against the sign '+'" in said for said in found)
    assert any(f"parameters.tsv: er_stress|age: mean: found {listed}" in said for said in found)
    draws[0, place] += 0.01
    draws[5, place] = np.nan
    np.save(path, draws)
    assert any("er_stress|age in row 5 is nan, no finite number" in said for said in problems(data))


def test_a_point_that_is_no_mean_is_named(data: Path) -> None:
    path = data / "posterior/weaker_signaling.npy"
    draws = np.load(path)
    draws[0, 0] += 0.01
    np.save(path, draws)
    (said,) = problems(data)
    first = (data / "posterior/parameters.tsv").read_text(encoding="utf-8").splitlines()[1].split("\t")[0]
    assert f"posterior/weaker_signaling.npy: {first}: the point is" in said


def test_draws_that_are_missing_or_of_nothing_are_named(data: Path) -> None:
    (data / "posterior/stronger_signaling.npy").unlink()
    edit(data / "posterior/parameters.tsv", r"er_stress\|age\t", "er_stress|agee\t")
    edit(data / "settings.toml", r"insulin_resistance\|insulin", "insulin_resistance|insuline")
    said = "\n".join(problems(data))
    assert "posterior/stronger_signaling.npy: missing" in said
    assert (
        "parameters.tsv: er_stress|agee: no variable file holds this parameter (did you mean 'er_stress|age'?)" in said
    )
    assert "settings.toml: setting weaker_signaling: parameter: unknown 'insulin_resistance|insuline" in said
