"""Does the network fit these people? Ones drawn from it, and the same ones by an assay that reads a fifth higher.

python examples/validate_cohort.py [REPORT.html]
"""

import sys

import bn

model = bn.load()
people = model.sample(
    2000, measure=["hscrp", "grip_strength", "homa_ir"], detection_limits={"hscrp": "0.2 mg/L"}, seed=1
)
found = model.validate(people, "homa_ir > 2.5", by=["sex", "age:40,60"])
print(found)
print("Left out, since it speaks of the outcome:", ", ".join(found.speaking))
print(found.to_frame()[["by", "group", "n", "observed", "predicted", "auc", "intercept", "slope"]].round(2).to_string())

higher = model.validate(people.assign(homa_ir=1.2 * people["homa_ir"]), "homa_ir > 2.5")
for title, one in (("as drawn", found), ("a fifth higher", higher)):
    intercept, auc = (one.overall.measures[name] for name in ("intercept", "auc"))
    print(
        f"{title}: calibration in the large {intercept.value:+.2f} ({intercept.low:+.2f} to {intercept.high:+.2f}), "
        f"AUC {auc.value:.2f}"
    )
if len(sys.argv) > 1:
    print(f"wrote {higher.save(sys.argv[1], overwrite=True)}")
