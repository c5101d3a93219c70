"""Why is this person's risk what it is: what each finding did, through what, and on which claims that rests."""

import sys

import bn

model = bn.load()
found = model.explain(age=68, sex="female", bmi=31.2, hscrp=4.1, grip_strength=19.5, vo2max=17)

print(f"Risk {found.risk:.2f}; log odds {found.before:+.2f} in anybody, {found.after:+.2f} in this person")
for step in sorted(found.contributions, key=lambda step: -abs(step.log_odds)):
    print(f"  {model.titles[step.finding]:32} {step.said:>8}  {step.log_odds:+.3f}")
total = sum(step.log_odds for step in found.contributions)
print(f"  {'all together':41}  {total:+.3f}")

print("\nPulling the other way:", ", ".join(step.finding for step in found.against) or "nothing")
print("\nCarried by:")
for one in found.mechanisms[:4]:
    print(f"  {model.titles[one.mechanism]:32} {one.before:.2f} to {one.after:.2f}, log odds {one.log_odds:+.3f}")

print("\nThe claims that weigh most:")
for claim_id, weight in list(found.claims.items())[:4]:
    claim = model.knowledge.claims[claim_id]
    print(f"  {claim.id} ({weight:.2f}): {claim.subject} {claim.relation} {claim.object}, section {claim.section}")

if len(sys.argv) > 1:
    from bn.report.figures import save

    save(found.plot(), sys.argv[1])
