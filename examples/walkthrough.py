"""One patient, cell by cell: from findings to the risk, why, what would change it, how sure, and what to measure next.

Runs as a script, and as a notebook in editors that read `# %%` cells (VS Code, Spyder, Jupytext).
"""

# %% [markdown]
# # One patient
#
# A woman of 68 with a body-mass index of 31.2, raised C-reactive protein and a weak hand grip. She is made up.
# Everything below is a probability given what the review asserts and this network's structure; it diagnoses nobody.

# %%
import sys
from pathlib import Path

import bn

model = bn.load()
patient = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": "4.1 mg/L", "grip_strength": "19.5 kg"}
pictures = next((Path(name) for name in sys.argv[1:] if Path(name).is_dir()), None)


def show(name, picture):
    """Save a picture when a folder is named on the command line; in a notebook, put `picture()` last in a cell."""
    if pictures is not None:
        from bn.report.figures import save

        print(f"[{save(picture(), pictures / f'{name}.svg')}]")


# %% [markdown]
# ## What do we believe?
# Her risk with its interval, and which mechanism the laboratory moved most, against age, sex and body-mass index alone.

# %%
belief = model.posterior(patient)
low, high = belief.interval()
print(f"Risk of insulin resistance: {belief.risk:.2f} (90 % interval {low:.2f} to {high:.2f})")
frame = belief.to_frame().set_index(["variable", "state"]).xs("present", level="state")
change = (frame["posterior"] - frame["prior"]).sort_values(ascending=False)
print(f"Moved most: {model.titles[change.index[0]]}, {change.iloc[0]:+.2f}")
show("belief", belief.plot)
show("network", lambda: model.plot(belief))

# %% [markdown]
# ## Why?
# The share of each finding in the log odds of her risk; the shares add up to the whole change.

# %%
why = model.explain(patient)
for step in why.contributions:
    print(f"{model.titles[step.finding]:36} {step.log_odds:+.3f}")
print(f"Log odds {why.before:+.2f} in anybody, {why.after:+.2f} in her; conflict of her findings {why.conflict:+.2f}")
show("why", why.plot)

# %% [markdown]
# ## What would change it?
# Her findings were made before the intervention, so this is a counterfactual about her, not a new patient.

# %%
trained = model.what_if(patient, do="exercise_training")
low, high = trained.interval()
print(f"After exercise training: {trained.risk_after:.2f}, {trained.difference:+.2f} ({low:+.2f} to {high:+.2f})")
ranked = model.rank(patient, do=["exercise_training", "weight_loss", "at1_blockade", "tnf_receptor_knockout"])
print(ranked.to_frame()[["title", "before", "after", "difference", "low", "high"]].round(3).to_string(index=False))
show("interventions", ranked.plot)

# %% [markdown]
# ## How sure is that?
# The parameters that swing her risk most, and what her interval is made of: cited, graded or assumed numbers.

# %%
sure = model.sensitivity(patient)
print("Behind the interval:", ", ".join(f"{basis} {share:.0%}" for basis, share in sure.bases.items()))
for one in sure.parameters[:3]:
    print(f"{one.name:52} {one.risk_low:.2f} to {one.risk_high:.2f}")
show("sensitivity", sure.plot)

# %% [markdown]
# ## What to measure next?
# Tests of mechanisms first; what measures the outcome itself tells more, and is listed apart.

# %%
after = model.next_test(patient)
for test in after.of_mechanisms[:3]:
    print(f"{test.title:52} {test.bits:.4f} of {after.uncertainty:.2f} bits")
outcome = after.of_outcomes[0]
print(f"Of the outcomes themselves: {outcome.title} ({outcome.bits:.2f} bits)")

# %% [markdown]
# ## And once it is measured
# A reading moves her risk, and the answer says that the outcome was measured.

# %%
measured = model.posterior({**patient, outcome.id: 3.4})
print(f"With {outcome.id} 3.4: {measured.risk:.2f}; measured: {', '.join(measured.outcomes_measured)}")
