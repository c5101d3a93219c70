"""Draw the network as it is shipped to examples/network.svg: age at the left, dysglycemia at the right."""

from html import escape
from math import exp
from pathlib import Path

import bn
from cpds.logistic import effect_names

COLUMNS = [
    ["age", "sex"],
    ["physical_activity", "adiposity"],
    ["ras_protection_loss", "antioxidant_loss", "mitochondrial_dysfunction", "er_stress", "ptp1b_excess"],
    ["ras_overactivity", "autophagy_decline", "intramyocellular_lipid", "sarcopenia"],
    ["oxidative_stress", "inflammation"],
    ["nfkb_activation", "jnk_activation"],
    ["insulin_signaling_impairment"],
    ["insulin_resistance"],
    ["dysglycemia"],
]
LIFTED = {
    "insulin_signaling_impairment": 0.36,
    "insulin_resistance": 0.62,
    "dysglycemia": 0.25,
    "adiposity": 0.8,
    "sarcopenia": 0.9,
}
WIDTH, HEIGHT, BOX, TALL = 1500, 640, 136, 40
FILL = {"root": "#e8e8e8", "context": "#e8e8e8", "mechanism": "#fff3d6", "signaling": "#dcebf7", "outcome": "#f7dcd6"}


def places() -> dict[str, tuple[float, float]]:
    """Center of each box."""
    step = (WIDTH - BOX - 20) / (len(COLUMNS) - 1)
    found = {}
    for position, names in enumerate(COLUMNS):
        for row, name in enumerate(names, 1):
            shift = 24 if position % 2 else -24
            found[name] = (10 + BOX / 2 + position * step, row * HEIGHT / (len(names) + 1) + shift * (len(names) > 1))
    for name, height in LIFTED.items():
        found[name] = (found[name][0], height * HEIGHT)
    return found


def arcs(model: bn.RiskModel) -> list[tuple[str, str, float, bool]]:
    """Parent, child, log odds ratio over the whole scale of the parent, and whether the review asserts the arc."""
    found = []
    for child in model.knowledge.variables.values():
        for parent in child.parents:
            names = effect_names(child.id, parent)
            lengths = [1.0] * len(names)
            if parent.knots and parent.per:
                lengths = [(b - a) / parent.per for a, b in zip(parent.knots, parent.knots[1:], strict=False)]
            size = sum(model.parameters[name][0] * length for name, length in zip(names, lengths, strict=True))
            found.append((parent.id, child.id, float(size), bool(parent.sign)))
    return found


def main() -> None:
    """Write the picture."""
    model, at = bn.load(), places()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for parent, child, size, asserted in sorted(arcs(model), key=lambda arc: abs(arc[2])):
        (x1, y1), (x2, y2) = at[parent], at[child]
        backwards = x2 <= x1
        start, end = (x1, x2) if backwards else (x1 + BOX / 2, x2 - BOX / 2)
        bend = 60 if backwards else (end - start) / 2
        thickness = min(0.5 + 1.3 * abs(size), 5)
        color = "#3b6ea5" if size < 0 else "#555555"
        dash = "" if asserted else ' stroke-dasharray="6 4"'
        label = f"{parent} to {child}: odds ratio {exp(size):.2f}"
        parts.append(
            f'<path d="M{start:.0f} {y1:.0f} C{start + bend:.0f} {y1:.0f} '
            f'{end - bend:.0f} {y2:.0f} {end:.0f} {y2:.0f}" '
            f'fill="none" stroke="{color}" stroke-opacity="0.55" stroke-width="{thickness:.1f}"{dash}>'
            f"<title>{escape(label)}</title></path>"
        )
    for name, (x, y) in at.items():
        variable = model.knowledge.variables[name]
        parts.append(
            f'<rect x="{x - BOX / 2:.0f}" y="{y - TALL / 2:.0f}" width="{BOX}" height="{TALL}" rx="7" '
            f'fill="{FILL[variable.role]}" stroke="#444"/>'
        )
        words = variable.title.split()
        half = len(words) // 2 if len(variable.title) > 19 else len(words)
        lines = [" ".join(words[:half]), " ".join(words[half:])] if half < len(words) else [variable.title]
        longest = max(len(line) for line in lines)
        size = 13 if longest < 19 else 10.5 if longest < 25 else 8.5
        for row, line in enumerate(lines):
            height = y + 4 + (row - (len(lines) - 1) / 2) * 15
            parts.append(
                f'<text x="{x:.0f}" y="{height:.0f}" text-anchor="middle" font-size="{size}">{escape(line)}</text>'
            )
    parts.append(
        f'<text x="12" y="{HEIGHT - 12}" fill="#333" font-size="13">'
        "Width: log odds ratio over the range of the parent. "
        "Gray raises, blue lowers. Solid: asserted by the review; dashed: context or modeling choice.</text>"
    )
    parts.append("</svg>\n")
    (Path(__file__).parent / "network.svg").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
