"""How sure is this person's risk: which parameters, findings, sources and structures would move it."""

import sys

import bn

model = bn.load()
found = model.sensitivity(age=68, sex="female", bmi=31.2, hscrp=4.1)

print(f"Risk {found.risk:.2f}, 90 % interval {found.low:.2f} to {found.high:.2f}")
print("What the interval is made of:", ", ".join(f"{basis} {share:.0%}" for basis, share in found.bases.items()))

print("\nParameters that swing the risk most, each from its 5th to its 95th percentile:")
for one in found.parameters[:5]:
    print(f"  {one.name:55} {one.risk_low:.3f} to {one.risk_high:.3f}  ({one.basis})")

print("\nWithout one finding:")
for one in found.findings:
    print(f"  {one.name:8} {one.said:8} {one.risk:.3f}")

print("\nIf one source were wrong:")
for one in found.sources[:3]:
    print(f"  {one.id:14} {one.risk:.3f}")

print("\nUnder another structure:")
for one in found.settings:
    print(f"  {one.title:40} {one.risk:.3f} ({one.low:.3f} to {one.high:.3f})")

if len(sys.argv) > 1:
    from bn.report.figures import save

    save(found.plot(), sys.argv[1])
