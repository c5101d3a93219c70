"""One person: what findings do to the risk and to the mechanisms, with intervals."""

import bn

model = bn.load()
before = model.posterior(age=68, sex="female", bmi=31.2)
after = model.posterior(age=68, sex="female", bmi=31.2, hscrp=4.1, grip_strength="19.5 kg", vo2max="<18 mL/kg/min")

print(f"Risk before the laboratory: {before.risk:.2f}")
low, high = after.interval()
print(f"Risk after:                 {after.risk:.2f}  (90 % interval {low:.2f} to {high:.2f})")

frame = after.to_frame()
moved = frame[frame["state"] == "present"].assign(change=lambda rows: rows["posterior"] - rows["prior"])
print("\nWhat moved most, against age, sex and body-mass index alone:")
print(moved.sort_values("change", ascending=False).head(5).round(3).to_string(index=False))
