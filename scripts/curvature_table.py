#!/usr/bin/env python3
"""Writes docs/curvature.md from the catalogue: scripts/curvature_table.py build/losskit docs/curvature.md"""

import json
import subprocess
import sys

HEAD = """# Curvature modes

Made from the catalogue by `make docs`. Second-order methods, boosted trees among them, want a
curvature for every element. `lk_call.curvature_mode` (`losskit eval --curvature-mode`) chooses:

- **true**: the second derivative with respect to the input. It may be negative or 0.
- **fisher**: never negative. For likelihoods the Fisher information; for robust losses of a residual
  the Gauss-Newton (reweighted least squares) weight ψ(r)/r; for the focal loss the Gauss-Newton term.
- **upper**: the largest true curvature over all inputs at that target: steps scaled by it cannot
  overshoot.

With the flag `LK_CURVATURE_FLOOR` (`--curvature-floor X`) each element's curvature is raised to at
least the floor, before weights and normaliser. A dash means that the loss does not have the mode and
that asking for it is refused with a sentence: the bound is infinite, or there is no curvature to
bound. Losses without curvature (absolute error, hinge ...) are used in trees with mode true and a
floor of 1.

r is input − target, m = target · input, z the logit, w, v, β, s the third input.

| loss | true | fisher | upper |
|---|---|---|---|
"""


def cell(formula):
    return f"$`{formula}`$".replace("|", "\\vert ") if formula else "–"


def main(binary, path):
    catalogue = json.loads(subprocess.run([binary, "list", "--json"], check=True,
                                          capture_output=True, text=True).stdout)
    rows = [f"| `{loss['name']}` | {cell(loss['curvature_tex'])} | {cell(loss['fisher_tex'])} | "
            f"{cell(loss['upper_tex'])} |" for loss in catalogue["losses"]
            if loss["kind"] == "pointwise"]
    with open(path, "w", encoding="utf-8") as out:
        out.write(HEAD + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
