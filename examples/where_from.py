"""Where does this number come from? From an arc of the network to the claims and the source behind it."""

import bn
from cpds.logistic import effect_names
from cpds.priors import priors

model = bn.load()
child = model.knowledge.variables["insulin_resistance"]
known = priors(model.knowledge)

for parent in child.parents:
    for name, figure in zip(effect_names(child.id, parent), parent.figures, strict=True):
        shipped, prior = model.parameters[name][0], known[name]
        print(f"{name}: log odds ratio {shipped:.2f}, prior {prior.value:.2f} ({figure.basis})")
        print(f"    {figure.why or ''}{figure.source or ''} {figure.locator or ''}{figure.grade or ''}")
    for claim_id in parent.claims[:3]:
        claim = model.knowledge.claims[claim_id]
        refs = f", ref. {', '.join(claim.refs)} of the review" if claim.refs else ""
        place = f"lines {claim.lines[0]}-{claim.lines[1]}{refs}"
        print(f"    {claim.id}: {claim.subject} {claim.relation} {claim.object} ({place})")
