"""What would change in one person: training by itself, all interventions ranked, and training at every age."""

import sys

import bn

PERSON = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1}
model = bn.load()

answer = model.what_if(PERSON, do="exercise_training")
low, high = answer.interval()
print(f"Risk before {answer.risk_before:.2f}, after training {answer.risk_after:.2f}")
print(f"Difference {answer.difference:+.2f} (90 % interval {low:+.2f} to {high:+.2f})")
print("Last steps to the outcome:", {name: round(part, 3) for name, part in answer.pathways.arrives.items()})

ranked = model.rank(PERSON)
print("\nThe five that lower the risk most, each by itself:")
print(ranked.to_frame()[["title", "difference", "low", "high"]].head(5).round(3).to_string(index=False))

both = model.what_if(PERSON, do=["exercise_training", "weight_loss"])
print(f"\nTraining and weight loss together: {both.difference:+.2f}")

ages = model.sweep(sex="female", bmi=31.2, do="exercise_training", over="age", between=(30, 80))
print("\nTraining at other ages, knowing sex and body-mass index:")
print(ages.to_frame()[["title", "before", "after", "difference"]].round(3).to_string(index=False))

if len(sys.argv) > 1:
    from bn.report.figures import save

    save(ranked.plot(), sys.argv[1])
