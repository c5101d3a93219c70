"""Every number over HTTP is the Python answer's, and whatever is wrong with a question is said in clear words."""

import json
from typing import Any

import msgspec
import pytest
from http_asking import ask

import bn
from bn.claims import record
from bn.web.questions import QUESTIONS
from cpds.units import in_words

WOMAN = {"age": "68", "sex": "female", "bmi": "31.2", "hscrp": "4.1", "grip_strength": "19.5 kg"}
PEOPLE = [
    {},
    {"hscrp": "<0.3"},
    {"age": "80+", "er_stress": {"present": 3, "absent": 1}, "p62": "high", "diagnosed_diabetes": "no"},
    {"height": "170", "weight": "90", "CRP [mg/dL]": "0.41"},
    {"age": 55, "sex": "m", "homa_ir": 3.1, "il6": "NA"},
    WOMAN,
]
ASKED = [
    ("explain", {}, lambda m, f: m.explain(f)),
    (
        "next-test",
        {"threshold": 0.5, "costs": {"il6": 20}},
        lambda m, f: m.next_test(f, threshold=0.5, costs={"il6": 20}),
    ),
    ("sensitivity", {}, lambda m, f: m.sensitivity(f)),
    (
        "what-if",
        {"do": ["exercise_training", "at1_blockade:0.5"]},
        lambda m, f: m.what_if(f, do=["exercise_training", "at1_blockade:0.5"]),
    ),
    ("rank", {}, lambda m, f: m.rank(f)),
    (
        "rank",
        {"do": ["weight_loss", "sarcopenia=absent"]},
        lambda m, f: m.rank(f, do=["weight_loss", "sarcopenia=absent"]),
    ),
    (
        "sweep",
        {"do": ["weight_loss"], "over": "er_stress"},
        lambda m, f: m.sweep(f, do=["weight_loss"], over="er_stress"),
    ),
    (
        "most-probable",
        {"best": 3, "over": ["inflammation", "er_stress"]},
        lambda m, f: m.most_probable(f, over=["inflammation", "er_stress"], best=3),
    ),
]


def plain(record: dict[str, Any]) -> Any:
    return json.loads(json.dumps(record))


@pytest.mark.parametrize("findings", PEOPLE, ids=str)
def test_the_risk_is_that_of_python(port: int, model: bn.RiskModel, findings: dict[str, Any]) -> None:
    got = ask(port, "/api/risk", {"findings": findings})
    assert got.status == 200
    expected = plain(model.posterior(findings).to_dict())
    assert got.json.keys() == expected.keys()
    assert got.json["risk"] == pytest.approx(expected["risk"], abs=1e-12)
    assert got.json["interval"] == pytest.approx(expected["interval"], abs=1e-12)
    assert [row["posterior"] for row in got.json["posterior"]] == pytest.approx(
        [row["posterior"] for row in expected["posterior"]], abs=1e-12
    )


@pytest.mark.parametrize("findings", PEOPLE, ids=str)
def test_quick_beliefs_are_those_of_the_point(port: int, model: bn.RiskModel, findings: dict[str, Any]) -> None:
    got = ask(port, "/api/beliefs", {"findings": findings}).json
    post = model.posterior(findings)
    assert got["risk"] == pytest.approx(post.risk, abs=1e-12)
    assert got["risk_of_anybody"] == pytest.approx(model.posterior().risk, abs=1e-12)
    for name in post.states:
        assert got["beliefs"][name] == pytest.approx(post[name], abs=1e-12)
        context = dict(zip(post.states[name], post.priors[name][:, 0], strict=True))
        assert got["in_context"][name] == pytest.approx(context, abs=1e-12)
    assert got["notes"] == plain({"notes": [vars(note) for note in post.notes]})["notes"]
    assert not got["left_out"]


@pytest.mark.parametrize(("name", "more", "python"), ASKED, ids=lambda part: part if isinstance(part, str) else "")
def test_every_question_is_answered_as_in_python(
    small_port: int, small: bn.RiskModel, name: str, more: dict[str, Any], python: Any
) -> None:
    got = ask(small_port, f"/api/{name}", {"findings": WOMAN, **more})
    assert got.status == 200, got.body
    assert got.json == plain(python(small, WOMAN).to_dict())


def test_questions_of_nobody_are_answered_as_in_python(small_port: int, small: bn.RiskModel) -> None:
    told = ask(small_port, "/api/mediation", {"before": "[20, 40)", "after": "75+"}).json
    assert told == plain(small.mediation("[20, 40)", "75+").to_dict())
    assert ask(small_port, "/api/claims").json == plain(record(small.network, small.knowledge))


def test_every_finding_is_described_as_it_was_read(port: int) -> None:
    findings = {"CRP [mg/dL]": "0.41", "grip": "<19.5 kg", "height": "1.7 m", "weight": "90", "age": "68", "sex": "f"}
    told = {one["id"]: one for one in ask(port, "/api/beliefs", {"findings": findings}).json["findings"]}
    assert told["hscrp"]["value"] == pytest.approx(4.1)
    assert (told["hscrp"]["unit"], told["hscrp"]["bound"], told["hscrp"]["context"]) == ("mg/L", "", False)
    assert (told["grip_strength"]["value"], told["grip_strength"]["bound"]) == (19.5, "<")
    assert told["bmi"]["value"] == pytest.approx(90 / 1.7**2)
    assert (told["bmi"]["parts"], told["bmi"]["state"], told["sex"]["state"]) == (
        ["height", "weight"],
        "bmi_30_32",
        "female",
    )


def test_what_eight_in_ten_have_is_that_of_like_people(port: int, model: bn.RiskModel) -> None:
    """Of a single normal stratum 1.2816 SD on either side hold 80 %; of everyone, 80 % of the mixture."""
    marker = model.knowledge.biomarkers["grip_strength"]
    (stratum,) = (one for one in marker.reference.strata if one.where == {"sex": "female", "age": (60.0, 70.0)})
    told = {one["id"]: one for one in ask(port, "/api/beliefs", {"findings": WOMAN}).json["findings"]}
    usual = told["grip_strength"]["usual"]
    ends = [stratum.center - 1.281552 * stratum.sd, stratum.center + 1.281552 * stratum.sd]
    assert [usual["low"], usual["high"]] == pytest.approx(ends, abs=1e-4)
    assert usual["people"] == {"sex": "female", "age": f"60 to 70 {in_words('year')}"}
    woman = ask(port, "/api/beliefs", {"findings": {"sex": "female", "grip_strength": "20"}}).json["findings"][1][
        "usual"
    ]
    anyone = next(one for one in ask(port, "/api/catalog").json["biomarkers"] if one["id"] == "grip_strength")["usual"]
    assert anyone["low"] < usual["high"] < woman["high"] < anyone["high"]
    assert (woman["people"], anyone["people"]) == ({"sex": "female"}, {})


WRONG = [
    ({"age": "300"}, "age", "age: found '300', expected 20 to 120 years", None),
    ({"hscp": "4"}, "hscp", "unknown observation 'hscp' (did you mean 'hscrp'?)", "hscrp"),
    ({"hscrp": "4.1 mmol"}, "hscrp", "hscrp: found unit 'mmol', which is no mg/L", None),
    ({"age": " "}, "age", "'age=': no value; leave age out, or write age=NA", None),
    ({"CRP": "2", "hscrp": "3"}, "hscrp", "'hscrp' and 'CRP' both give hscrp; keep one", None),
    ({"height": "170"}, "height", "'height' is of no use alone: bmi also needs weight", None),
    ({"sex": "<script>alert(1)</script>"}, "sex", "unknown state of sex '<script>alert(1)</script>'", None),
    ({"x" * 9000: "1"}, "x" * 9000, "unknown observation 'xxx", None),
    ({"er_stress": {"present": 1}}, "er_stress", "er_stress: no weight for absent", None),
]


@pytest.mark.parametrize(("findings", "name", "words", "suggest"), WRONG, ids=lambda part: str(part)[:30])
def test_a_finding_that_cannot_be_is_told_in_the_words_of_the_command_line(
    small_port: int, findings: dict[str, Any], name: str, words: str, suggest: str | None
) -> None:
    """Asked strictly it refuses the question, else the answer is that of the others."""
    refused = ask(small_port, "/api/risk", {"findings": {**findings, "physical_activity": "active"}})
    assert refused.status == 422
    (error,) = refused.json["errors"]
    assert (error["name"], error["suggest"]) == (name, suggest)
    assert error["message"].startswith(words)
    assert "\n" not in refused.json["error"]
    partial = ask(small_port, "/api/risk", {"findings": {**findings, "physical_activity": "active"}, "partial": True})
    assert partial.status == 200
    assert [one["name"] for one in partial.json["left_out"]] == [name]
    kept = {key: value for key, value in findings.items() if key != name} | {"physical_activity": "active"}
    assert partial.json["risk"] == ask(small_port, "/api/risk", {"findings": kept}).json["risk"]


def test_every_faulty_finding_is_told_at_once(small_port: int) -> None:
    told = ask(small_port, "/api/risk", {"findings": {"age": "300", "hscp": "4", "bmi": "31", "sex": "x"}}).json
    assert [one["name"] for one in told["errors"]] == ["age", "hscp", "sex"]


UNREADABLE = [
    (b"", 400),
    (b"{", 400),
    (b"[]", 400),
    (b'{"findings": {"age": NaN}}', 400),
    (b'{"findings": {"age": 1e999}}', 400),
    (b'{"findings": {"age": [1]}}', 400),
    (b'{"finding": {}}', 400),
    (b"\xff\xfe{}", 400),
    (b'{"findings": {"age": "68", "age": "69"}}', 400),
    (b'{"findings": {"age": "68"}, "findings": {}}', 400),
    (b'{"findings": {"er_stress": {"present": 1, "absent": 2, "present": 3}}}', 400),
    (b'{"findings": {"age": "nan"}}', 200),
    (b'{"findings": {"age": "1' + b"0" * 5000 + b'"}}', 422),
    (b'{"findings": {"age": 1' + b"0" * 400 + b"}}", 422),
    (b'{"findings": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001, 400),
    (json.dumps({"findings": {str(i): "1" for i in range(10_000)}}).encode(), 422),
]


@pytest.mark.parametrize(("body", "status"), UNREADABLE, ids=lambda part: str(part)[:40])
def test_what_is_no_question_is_refused_in_one_line(small_port: int, body: bytes, status: int) -> None:
    got = ask(small_port, "/api/risk", raw=body, Content_Type="application/json")
    assert got.status == status, got.body
    if status != 200:
        assert len(got.json["error"]) < 400
        assert "\n" not in got.json["error"]


def test_what_is_said_twice_is_quoted(small_port: int) -> None:
    got = ask(
        small_port, "/api/risk", raw=rb'{"findings": {"age": 68, "a\u0067e": "<x>"}}', Content_Type="application/json"
    )
    assert (got.status, got.json["error"]) == (400, "'age' is given twice, as 68 and <x>; keep one")
    assert (
        "given twice"
        in ask(
            small_port, "/api/next-test", raw=b'{"costs": {"il6": 1, "il6": 2}}', Content_Type="application/json"
        ).json["error"]
    )


def test_findings_that_exclude_each_other_are_told(small_port: int) -> None:
    got = ask(small_port, "/api/beliefs", {"findings": {"bmi": "31", "adiposity": "bmi_40_plus"}})
    assert got.status == 200
    assert got.json["left_out"][0]["name"] == "adiposity"


def test_the_description_describes_every_question(small_port: int) -> None:
    told = ask(small_port, "/api/openapi.json").json
    assert told["openapi"].startswith("3.1")
    assert {f"/api/{name}" for name in QUESTIONS} <= told["paths"].keys()
    page = ask(small_port, "/api").body.decode()
    for path, methods in told["paths"].items():
        assert path in page
        for method in methods:
            if method == "get":
                assert ask(small_port, path).status == 200
    assert "<script" not in page
    for name, schema in told["components"]["schemas"].items():
        assert schema["type"] == "object", name


def test_the_catalog_holds_what_can_be_asked(port: int, model: bn.RiskModel) -> None:
    told = ask(port, "/api/catalog").json
    knowledge = model.knowledge
    assert [one["id"] for one in told["variables"]] == list(knowledge.variables)
    assert {one["id"] for one in told["biomarkers"]} == set(knowledge.biomarkers)
    assert {one["id"]: one["group"] for one in told["interventions"]} == {
        one.id: one.done_by for one in knowledge.interventions.values()
    }
    arcs = {(one["parent"], one["child"]) for one in told["arcs"]}
    assert arcs == {(parent.id, one.id) for one in knowledge.variables.values() for parent in one.parents}
    for case in told["cases"]:
        assert case["risk"] == pytest.approx(model.posterior(case["findings"]).risk, abs=1e-12)
    library = ask(port, "/api/library").json
    cited = {source for one in told["arcs"] for source in one["mentions"]}
    assert cited <= library["sources"].keys()
    excluded = {(one["id"], other) for one in told["interventions"] for other in one["excludes"]}
    assert excluded
    assert excluded == {(other, one) for one, other in excluded}


def test_studies_stand_beside_what_they_are_about(small_port: int, small: bn.RiskModel) -> None:
    """Of an arc, those in which the parent was set and the child was seen; of anything else, how many there are."""
    catalog, library = ask(small_port, "/api/catalog").json, ask(small_port, "/api/library").json
    for kind in ("variables", "biomarkers", "interventions"):
        busiest = max(catalog[kind], key=lambda one: one["studied"])
        told = ask(small_port, "/api/evidence", {"name": busiest["id"], "point": True}).json["studies"]
        assert len(told) == busiest["studied"] > 0
    markers = {one.id: one.variable for one in small.knowledge.biomarkers.values()}
    told = [(arc, name) for arc in catalog["arcs"] for name in arc["studies"]]
    assert {name in library["trials"] for _, name in told} == {True, False}
    for arc, name in told:
        study = library["trials"].get(name) or library["associations"][name]
        assert markers.get(study["outcome"], study["outcome"]) == arc["child"]
        subjects = [act.partition("=")[0] for act in study.get("acts", [study.get("subject")])]
        assert arc["parent"] in [markers.get(subject, subject) for subject in subjects]


def test_trials_of_an_intervention_are_those_alone_against_nothing_that_saw_the_outcome(
    small_port: int, small: bn.RiskModel
) -> None:
    catalog, library = ask(small_port, "/api/catalog").json, ask(small_port, "/api/library").json
    outcome = small.risk_of[0]
    outcomes = {outcome, *(one.id for one in small.knowledge.biomarkers.values() if one.variable == outcome)}
    told = [(one["id"], trial) for one in catalog["interventions"] for trial in one["trials"]]
    assert told
    for act, trial in told:
        study = library["trials"][trial["id"]]
        assert (study["acts"], study.get("against", [])) == ([act], [])
        assert study["outcome"] in outcomes
        assert study["log_odds"] == trial["log_odds"]


def test_studies_beside_the_network_are_those_of_python(small_port: int, small: bn.RiskModel) -> None:
    """Twice, as what was counted is kept; at the point nothing but the network's ranges is missing."""
    expected = plain(small.evidence("at1_blockade").to_dict())
    for _ in range(2):
        assert ask(small_port, "/api/evidence", {"name": "at1_blockade"}).json == expected
    at_point = ask(small_port, "/api/evidence", {"name": "at1_blockade", "point": True}).json
    for one, other in zip(at_point["studies"], expected["studies"], strict=True):
        assert one["network_low"] is one["network_high"] is None
        assert one.pop("network") == pytest.approx(other.pop("network"), abs=1e-12)
        assert {**one, "network_low": 0, "network_high": 0} == {**other, "network_low": 0, "network_high": 0}
    listed = ask(small_port, "/api/evidence", {"name": "at1_blockade", "listed": True}).json["studies"]
    assert [(one["id"], one["printed"], one["network"]) for one in listed] == [
        (one["id"], one["printed"], None) for one in expected["studies"]
    ]
    some = [row["id"] for row in expected["studies"][:2]]
    told = ask(small_port, "/api/evidence", {"studies": some}).json["studies"]
    again = plain(small.evidence("at1_blockade").to_dict())["studies"]
    assert sorted(told, key=str) == sorted((row for row in again if row["id"] in some), key=str)
    unknown = ask(small_port, "/api/evidence", {"studies": ["E000"]})
    assert (unknown.status, unknown.json["error"]) == (422, "studies: found E000, expected ids of studies")


def test_a_ranking_at_the_point_is_that_without_its_ranges(small_port: int, small: bn.RiskModel) -> None:
    question = {"findings": WOMAN, "do": ["exercise_training", "weight_loss", "at1_blockade"]}
    at_point = ask(small_port, "/api/rank", {**question, "point": True}).json["rows"]
    for one, other in zip(at_point, small.rank(WOMAN, do=question["do"]).to_dict()["rows"], strict=True):
        assert one["low"] is one["high"] is None
        for key in ("before", "after", "difference"):
            assert one[key] == pytest.approx(other[key], abs=1e-12)
        assert one["intervention"] == other["intervention"]


def test_requests_are_what_the_description_says(small_port: int) -> None:
    """An answer's request schema is made from the record that reads it, so that neither can lag behind."""
    for name, kind in QUESTIONS.items():
        fields = {field.encode_name for field in msgspec.structs.fields(kind)}
        schema = ask(small_port, "/api/openapi.json").json["components"]["schemas"][kind.__name__]
        assert schema["properties"].keys() == fields, name
