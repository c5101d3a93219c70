"""How much of the effect of age runs through muscle: shares of what lies between age and each outcome."""

import sys

import bn

model = bn.load()
found = model.mediation("[20, 40)", "[75, 120)")

for split in found.splits:
    total = split.total
    print(f"\n{model.titles[split.outcome]}: {split.before.value:.3f} to {split.after.value:.3f}")
    print(f"  {'all of it':45} {100 * total.value:+6.2f} points ({100 * total.low:.2f} to {100 * total.high:.2f})")
    for route in (*split.groups, *split.variables):
        if route.share is not None and route.name != split.outcome:
            part = route.share.value / total.value
            name = model.titles.get(route.name, f"{route.name} (all of them)")
            print(f"  {name:45} {100 * route.share.value:+6.2f} points, {part:4.0%}")

if len(sys.argv) > 1:
    from bn.report.figures import save

    save(found.plot(), sys.argv[1])
