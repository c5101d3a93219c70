"""What to measure next: the tests that tell most of this person's risk, and most for each unit of cost."""

import bn

PERSON = {"age": 68, "sex": "female", "bmi": 31.2}
COSTS = {"hscrp": 10, "grip_strength": 2, "vo2max": 150, "il6": 40}  # made up: put your own

model = bn.load()
found = model.next_test(PERSON)
print(f"Risk {found.risk:.2f}; {found.uncertainty:.2f} bits unsure")
print("\nTests of mechanisms that tell most:")
for test in found.of_mechanisms[:5]:
    print(f"  {test.title[:44]:44} {test.bits:.4f} bits; risk then {test.low:.2f} to {test.high:.2f}")

print("\nMeasurements of the outcomes themselves, apart:")
for test in found.of_outcomes[:3]:
    print(f"  {test.title[:44]:44} {test.bits:.4f} bits")

priced = model.next_test(PERSON, costs=COSTS, threshold=0.6)
print("\nFor each unit of cost, and how likely each carries the risk across 0.6:")
for test in (test for test in priced.of_mechanisms if test.cost):
    print(f"  {test.title[:44]:44} {1000 * test.bits / test.cost:.2f} millibits, crosses with {test.crossing:.2f}")
