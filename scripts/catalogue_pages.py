#!/usr/bin/env python3
"""Writes a page for each loss and their index from the catalogue.

scripts/catalogue_pages.py build/losskit docs/losses           pages and pictures
scripts/catalogue_pages.py --check build/losskit docs/losses   are the pages what it would write?

The check leaves the contents of the pictures alone: they depend on the version of gnuplot.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

import slim_svg

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "data")
PANELS = ["--what", "value,gradient,curvature", "--size", "1120x400"]

VALUE = "--what value --size 800x480"

# What is drawn where the loss alone, over the usual range, does not show it best: curves, or the
# values of a parameter, and options.
PICTURES = {
    "logistic": ("base2=no base2=yes", ""),
    "ramp": ("s=0 s=-0.5 s=-1", ""),
    "exponential": ("", "--range -2:3"),
    "huber": ("delta=0.5 delta=1 delta=2", ""),
    "smooth_l1": ("beta=0.5 beta=1 beta=2", ""),
    "tukey_biweight": ("c=3 c=4.6851", "--range -8:8"),
    "quantile": ("q=0.1 q=0.5 q=0.9", "--range -3:3"),
    "expectile": ("tau=0.1 tau=0.5 tau=0.9", "--range -3:3"),
    "epsilon_insensitive": ("epsilon=0.1 epsilon=1", "--range -3:3"),
    "squared_log_error": ("", "--range 0:8"),
    "pseudo_huber": ("delta=0.5 delta=1 delta=2", ""),
    "charbonnier": ("epsilon=0.1 epsilon=1", "--range -3:3"),
    "cauchy": ("c=1 c=2.3849", ""),
    "welsch": ("c=1.5 c=2.9846", "--range -8:8"),
    "barron": ("alpha=2 alpha=1 alpha=0 alpha=-2 alpha=-inf", "--range -4:4"),
    "poisson": ("", "--target 2 --range -2:2.5"),
    "gamma": ("", "--target 2 --range -2:4"),
    "tweedie": ("power=1.1 power=1.5 power=1.9", "--target 2 --range -2:3"),
    "gaussian_nll": ("", "--range -3:3"),
    "sigmoid_cross_entropy": ("pos_weight=1 pos_weight=3", ""),
    "binary_cross_entropy": ("", "--range 0.05:1"),
    "balanced_sigmoid_cross_entropy": ("beta=0.5 beta=0.9", ""),
    "sigmoid_focal": ("alpha=none,gamma=0 alpha=none,gamma=1 alpha=none,gamma=2 alpha=none,gamma=5",
                      ""),
    "softmax_cross_entropy": ("label_smoothing=0 label_smoothing=0.1", "--range 0.01:0.99"),
    "nll": ("", "--range 0.01:0.99"),
    "softmax_focal": ("gamma=0 gamma=0.5 gamma=1 gamma=2 gamma=5", "--range 0.01:0.99"),
    "multiclass_hinge": ("power=1 power=2", ""),
    "symmetric_cross_entropy": ("", "--range 0.01:0.99"),
    "generalized_cross_entropy": ("q=0.1 q=0.7 q=1", "--range 0.01:0.99"),
    "poly1": ("epsilon=-1 epsilon=0 epsilon=1", "--range 0.01:0.99"),
    "large_margin_softmax": ("m=1 m=2 m=3 m=4", VALUE),
    "linear_cross_entropy": ("", "--what value,gradient --size 1120x480 --range 0.01:0.99"),
    "kl_divergence": ("logits=yes", "--target 0.7"),
    "js_divergence": ("logits=yes", "--target 0.7"),
    "dice": ("power=1 power=2", ""),
    "tversky": ("alpha=0.5,beta=0.5 alpha=0.3,beta=0.7 alpha=0.7,beta=0.3", ""),
    "focal_tversky": ("gamma=0.75 gamma=1 gamma=1.3333", ""),
    "jaccard": ("smooth=0 smooth=1", ""),
    "contrastive": ("margin=0.5 margin=1", "--target 0"),
    "triplet_margin": ("margin=0.5 margin=1", ""),
    "info_nce": ("temperature=0.1 temperature=0.5", VALUE),
    "supervised_contrastive": ("temperature=0.1 temperature=0.5", VALUE),
    "cosine_embedding": ("margin=0 margin=0.5", "--target -1 " + VALUE),
    "soft_edit_distance": ("gamma=0.01 gamma=0.3 gamma=1", VALUE),
    "expected_edit_distance": ("normalize=no normalize=yes", ""),
    "arcface": ("m=0 m=0.5", VALUE),
    "cosface": ("m=0 m=0.35", VALUE),
    "ctc": ("", "--size 900x420"),
}

FAMILIES = [
    ("margin", "Margin losses", "Two classes, −1 and +1; the input is a score."),
    ("regression", "Regression", "The input is a prediction of a number."),
    ("binary", "Binary and multi-label classification",
     "Each element is a yes-or-no question; the input is a logit or a probability."),
    ("classes", "Classification", "One class out of several; the input is a row of scores."),
    ("region", "Regions", "One value for a group of elements, such as the pixels of an image."),
    ("embedding", "Embeddings", "Rows of features that shall lie near to or far from others."),
    ("sequence", "Sequences", "Labels for a sequence of frames, or tokens against tokens."),
]

# What the letters of the formulas are.
LETTERS = {
    "residual": "r is input − target.",
    "margin": "m is y · input, where y is the target.",
    "pointwise": "The input is x, z where it is a logit, or p where it is a probability; the "
                 "target is t. σ(z) = 1/(1 + exp(−z)).",
    "rows": "a, s or x are the numbers of a row, p or q its probabilities. The label is y, a "
            "target of several numbers t; e with an index is 1 at that class and 0 elsewhere. u is "
            "`upstream`. Where a formula gives a matrix, `curvature` is its diagonal.",
    "linear": "x is a row of features, W and b are weights and bias of the layer, a or f its "
              "scores, p their softmax and θ the angle between x and a row of W. The label is "
              "y; e with an index is 1 at that class and 0 elsewhere.",
    "region": "Sums run over the elements of a group. p is the probability of an element (x its "
              "logit, where it has one), g its target.",
    "embedding": "x or a is a row of the input, b the row of `other`, n that of `negative`, c a "
                 "center; y is the target. A hat divides a row by its length.",
    "sequence": "y or p with indices is the probability of a class in a frame or row, t or l are "
                "the target's labels. What else there is, see below.",
}

TRAITS = {
    "convex": "Convex in the input: a local minimum is a global one.",
    "differentiable": "Differentiable: the gradient has no jumps.",
    "smooth": "Smooth: it has derivatives of every order.",
    "Lipschitz": "Lipschitz: the gradient is never beyond {lipschitz} in size, so no single input "
                 "pulls harder than that.",
    "symmetric": "Symmetric: the residuals r and −r cost the same.",
    "bounded": "Bounded: the value is never above {bound}.",
    "distance-based": "Distance-based: it depends on input − target alone.",
    "margin-based": "Margin-based: it depends on target · input alone.",
    "proper": "Proper: the expected loss is least at the true probability, or the true mean.",
    "bounds zero-one": "Never below the zero-one loss: a small loss means few mistakes.",
}
FUNCTIONS = ("softmax", "log_softmax")  # are no losses
NOT_CONVEX = "Convexity is not promised: training may end in a local minimum."
# With an underscore, or like a function: "center" and "ramp" are other words too.
NAME = r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b(?!\()|\b[a-z0-9_]+(?=\([a-z]+(?: = [\w.]+)?\))"
CONDITION = re.compile(r"\[[^\[\]]*(?:[<>=]|\\le\b|\\in\b)[^\[\]]*\]")
JUMPS = ["the value jumps", "the gradient jumps", "the curvature jumps",
         "a higher derivative jumps"]

# What MathJax and GitHub's filter of it both know.
MACROS = set("""Delta alpha bar begin beta cdot cos cosh delta dots ell end epsilon frac gamma ge
hat in lVert lambda le left log mathcal mathrm max min nabla ne odot omega partial pi pm prod
psi qquad quad rVert right sigma sqrt sum tanh tau text textstyle tfrac theta top Vert vert""".split())


# ---- the command --------------------------------------------------------------------------------

def run(binary, *arguments):
    return subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)


def read_catalogue(binary):
    done = run(binary, "list", "--json")
    if done.returncode:
        sys.exit(f"{binary} list: {done.stderr}")
    return json.loads(done.stdout)["losses"]


def plot_arguments(loss):
    """The words after `losskit plot`, without the file."""
    name = loss["name"]
    curves, options = PICTURES.get(name, ("", ""))
    words = [f"{name}:{values}" for values in curves.split()] or [name]
    own = options.split()
    fixed = [] if "--size" in own else PANELS
    return words + own + fixed


def trainings(loss):
    """Ways to train with the loss, the most natural first."""
    name = loss["name"]
    if loss["kind"] in ("pointwise", "rows", "linear"):
        yield ["diabetes", "--loss", name]
        if loss["kind"] == "pointwise":
            yield ["breast_cancer", "--loss", name]
        yield ["digits", "--loss", name]
    if loss["kind"] == "embedding":
        yield ["digits", "--model", "mlp:64", "--loss", f"softmax_cross_entropy + 0.01*{name}"]
    yield ["digits", "--model", "mlp:64", "--loss", name]


def quoted(words):
    return " ".join(f"'{word}'" if re.search(r"[ *]", word) else word for word in words)


def training(binary, loss):
    """The first way that the command accepts, or why it accepts none."""
    why = ""
    with tempfile.TemporaryDirectory() as room:
        for words in trainings(loss):
            short = ["--epochs", "1"] if "--model" in words else ["--iterations", "1"]
            done = run(binary, "train", *words, *short, "--quiet", "--data", DATA,
                       "-o", os.path.join(room, "model.safetensors"))
            if not done.returncode:
                return f"losskit train {quoted(words)} -o model.safetensors", ""
            why = done.stderr.strip().splitlines()[-1]
    return "", re.sub("^losskit: train: ", "", why)


# ---- texts --------------------------------------------------------------------------------------

def number(x):
    return x if isinstance(x, str) else f"{x:.9g}"


def bound(x):
    """Bounds at the end of the number range need no digits."""
    return number(x) if isinstance(x, str) or 1e-30 < abs(x) < 1e30 or not x else f"{x:.2g}"


def plain(text):
    """Text of the catalogue for Markdown."""
    return re.sub(r"([\\`*<>\[\]|$])", r"\\\1", text)


def sentence(text):
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def linked(text, names, own):
    """With links to the losses that it names."""
    def link(match):
        name = match.group(0)
        if name in names and name != own:
            return f"[`{name}`]({name}.md)"
        return f"`{name}`" if "_" in name or name == own else name
    return re.sub(NAME, link, plain(text))


def named(text, names, own):
    said = re.findall(NAME, text)
    return [name for name in names if name != own and name in said]


def formula(tex, where):
    tex = re.sub(r"\\operatorname\{(\w+)\}", r"\\mathrm{\1}", tex)
    unknown = set(re.findall(r"\\([a-zA-Z]+)", tex)) - MACROS
    if unknown:
        sys.exit(f"{where}: a page cannot show the macros {' '.join(sorted(unknown))}")
    return tex


def math_block(title, tex, where):
    return [f"{title}:", "", "```math", formula(tex, where), "```", ""] if tex else []


def math_cell(tex, where):
    tex = formula(tex, where).replace("\\|", "\\Vert ").replace("|", "\\vert ")
    return f"$`{tex}`$"


def affine(a):
    text = number(a["constant"]) if a["constant"] or not a["factor"] else ""
    if a["factor"]:
        sign = ("-" if not text else " - ") if a["factor"] < 0 else (" + " if text else "")
        size = abs(a["factor"])
        text += sign + ("" if size == 1 else f"{number(size)} · ") + f"`{a['parameter']}`"
    return text


def domain(d):
    if d["kind"] == "two values":
        return f"{{{number(d['lowest'])}, {number(d['highest'])}}}"
    lowest, highest = number(d["lowest"]), number(d["highest"])
    opening = "(" if d["kind"] == "open below" or lowest == "-inf" else "["
    return f"{opening}{lowest}, {highest}{')' if highest == 'inf' else ']'}"


def holds(what, d):
    """What an array holds; words that tell the place in the domain need no numbers."""
    everything = d["lowest"] == "-inf" and d["highest"] == "inf"
    return plain(what if everything and " in [" in what else f"{what}, in {domain(d)}")


# ---- the parts of a page ------------------------------------------------------------------------

def formulas(loss):
    name, third = loss["name"], loss["auxiliary"]
    lines = ["## Formulas", ""]
    lines += math_block("Value", loss["tex"], name)
    lines += math_block("Gradient, with respect to the input", loss["gradient_tex"], name)
    lines += math_block("Curvature, the second derivative", loss["curvature_tex"], name)
    lines += math_block("Fisher or Gauss-Newton curvature, never negative", loss["fisher_tex"],
                        name)
    lines += math_block("Upper bound of the curvature", loss["upper_tex"], name)
    lines += math_block("Gradient with respect to the target", loss["target_gradient_tex"], name)
    if third:
        lines += math_block(f"Gradient with respect to {third['name']}", third["gradient_tex"],
                            name)
    lines += [LETTERS.get(loss["axis"]) or LETTERS[loss["kind"]], ""]
    if any(CONDITION.search(loss[key] or "") for key in ("tex", "gradient_tex", "curvature_tex")):
        lines += ["A condition in brackets counts as 1 where it holds, else as 0.", ""]
    return lines


def picture(loss, drawn):
    if not drawn:
        return []
    words = plot_arguments(loss)
    panels = sentence(words[words.index("--what") + 1]).replace(",", ", ").rstrip(".") \
        if "--what" in words else "Map"
    dots = any(kink["order"] < 3 for kink in loss["kinks"])
    return ["## Picture", "", f"![{panels} of {loss['name']}]({loss['name']}.svg)", "",
            *(["Dots mark kinks; at a jump the filled one is the value that is taken.", ""]
              if dots else []),
            "```sh", f"losskit plot {' '.join(plot_arguments(loss))} -o {loss['name']}.svg",
            "```", ""]


def parameter_row(p, names, own):
    words = ", ".join(f"`{word}` = {number(value)}" for word, value in p["named"].items())
    default = next((f"`{word}`" for word, value in p["named"].items() if value == p["default"]),
                   number(p["default"]))
    bounds = f"{bound(p['lowest'])} to {bound(p['highest'])}"
    return (f"| `{p['name']}` | {default} | {bounds}{'; ' if words else ''}{words} | "
            f"{linked(p['meaning'], names, own)} |")


def parameters(loss, names):
    lines = ["## Parameters", ""]
    if not loss["parameters"]:
        return lines + ["None.", ""]
    lines += ["| name | default | values | meaning |", "|---|---|---|---|"]
    return lines + [parameter_row(p, names, loss["name"]) for p in loss["parameters"]] + [""]


def arrays(loss, names):
    unless = any(p["name"] == "logits" for p in loss["parameters"]) and "[" in domain(
        loss["input_domain"])
    lines = ["## What goes in", "", f"- input: {holds(loss['input'], loss['input_domain'])}"
             + (" unless `logits`" if unless else "")]
    if "target" in loss["takes"]:
        told = plain(loss["target"]) if loss["kind"] == "sequence" else holds(
            loss["target"], loss["target_domain"])
        lines.append(f"- target: {told}")
    third = loss["auxiliary"]
    if third:
        lines.append(f"- third input, {third['name']}: {holds(third['meaning'], third['domain'])}; "
                     + (f"the parameter `{third['parameter']}` stands in for it"
                        if third["parameter"] else "required"))
    known = ("input", "target", "auxiliary")
    outputs = loss["takes"][loss["takes"].index("value"):]
    more = [f"`{name}`" + (" (required)" if name in loss["needs"] else "")
            for name in loss["takes"] if name not in known and name not in outputs]
    if more:
        lines.append("- also: " + ", ".join(more))
    return lines + ["- comes out: " + ", ".join(f"`{name}`" for name in outputs), ""]


def traits(loss):
    bounds = {key: affine(loss[key]) if loss[key] else "" for key in ("lipschitz", "bound")}
    lines = ["## Traits", ""]
    lines += [f"- {TRAITS[word].format(**bounds)}" for word in loss["traits"]]
    if "convex" not in loss["traits"] and loss["name"] not in FUNCTIONS:
        lines.append(f"- {NOT_CONVEX}")
    lines += [f"- At {loss['axis']} = {affine(kink['at'])} {JUMPS[min(kink['order'], 3)]}."
              for kink in loss["kinks"]]
    return lines + [""]


def calls(loss, how):
    name = loss["name"]
    doubles = "".join(f", double {p['name']}" for p in loss["parameters"])
    files = " ".join(f"--{word.replace('_', '-')} {word}.npy" for word in loss["needs"])
    if "target" in loss["takes"] and "target" not in loss["needs"]:
        files += " --target target.npy"
    settings = "".join(f" --param {p['name']}={number(p['default'])}"
                       for p in loss["parameters"][:1])
    command, why = how
    lines = ["## How to call it", "", "In C:", "", "```c",
             f"lk_status lk_{name}(const lk_call *call{doubles});", "```", "",
             "On the command line:", "", "```sh",
             f"losskit eval {name} {files}{settings} --grad gradient.npy", "```", ""]
    if command:
        return lines + ["To train with it:", "", "```sh", command, "```", ""]
    return lines + [f"`losskit train` refuses it: {plain(why)}.", ""]


def elsewhere(loss):
    """A line for each sentence."""
    parts = re.split(r"(?<=\.) (?=[A-Za-z])", loss["elsewhere"] or "Nobody known.")
    return ["## Who else has it, and how theirs differs", ""] + [
        f"- {plain(part)}" for part in parts] + [""]


def see_also(loss, losses, names):
    texts = " ".join([loss["notes"] or ""] + [p["meaning"] for p in loss["parameters"]])
    spoken = named(texts, names, loss["name"])
    near = [other["name"] for other in losses if other["family"] == loss["family"]
            and other is not loss and other["name"] not in spoken]
    return ["## See also", ""] + [
        f"- {what}: " + ", ".join(f"[{name}]({name}.md)" for name in group)
        for what, group in (("named above", spoken), ("of the same family", near)) if group] + [
        "- [all losses](README.md) · [curvature modes](../curvature.md) · "
        "[training](../training.md)", ""]


def page(loss, losses, names, drawn, how):
    family = next(title for word, title, _ in FAMILIES if word == loss["family"])
    anchor = re.sub(r"[^a-z0-9]+", "-", family.lower())
    notes = linked(loss["notes"], names, loss["name"]) if loss["notes"] else "None known."
    lines = [f"# {loss['title']}", "",
             f"`{loss['name']}`, of the family [{family}](README.md#{anchor}).", ""]
    lines += formulas(loss) + picture(loss, drawn) + parameters(loss, names)
    lines += arrays(loss, names) + traits(loss)
    lines += ["## Pitfalls and conventions", "", notes, ""] + calls(loss, how) + elsewhere(loss)
    lines += ["## Source", "", sentence(plain(loss["source"])), ""] + see_also(loss, losses, names)
    return "\n".join(lines)


def index(losses):
    lines = ["# The losses", "",
             f"All {len(losses)} of them, a page for each: formulas, picture, parameters, traits, "
             "pitfalls, and who else has", "it and how theirs differs. Made from the catalogue by "
             "`make docs`; `losskit show NAME` tells the same.", ""]
    for word, title, what in FAMILIES:
        lines += [f"## {title}", "", what, "", "| loss | | value | traits |", "|---|---|---|---|"]
        lines += [f"| [`{loss['name']}`]({loss['name']}.md) | {plain(loss['title'])} | "
                  f"{math_cell(loss['tex'], loss['name'])} | {', '.join(loss['traits'])} |"
                  for loss in losses if loss["family"] == word]
        lines.append("")
    return "\n".join(lines)


# ---- pictures -----------------------------------------------------------------------------------

def draw(binary, loss):
    """The picture, or None for what the command cannot draw."""
    done = run(binary, "plot", *plot_arguments(loss), "-o", "-")
    if done.returncode == 0:
        return slim_svg.slim(done.stdout, loss["title"])
    if "has no picture" in done.stderr:
        return None
    return sys.exit(f"losskit plot {loss['name']}: {done.stderr}")


# ---- writing and checking -----------------------------------------------------------------------

def texts(binary, losses, drawn):
    names = [loss["name"] for loss in losses]
    pages = {f"{loss['name']}.md": page(loss, losses, names, loss["name"] in drawn,
                                        training(binary, loss)) for loss in losses}
    return {"README.md": index(losses), **pages}


def write(binary, directory, losses):
    os.makedirs(directory, exist_ok=True)
    pictures = {loss["name"]: draw(binary, loss) for loss in losses}
    files = {f"{name}.svg": svg for name, svg in pictures.items() if svg}
    files.update(texts(binary, losses, {name for name, svg in pictures.items() if svg}))
    for name, text in files.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
            out.write(text)
    size = sum(len(text.encode()) for text in files.values())
    print(f"{len(files)} files of {len(losses)} losses, {size} bytes: {directory}")


def check(binary, directory, losses):
    there = set(os.listdir(directory))
    drawn = {name[:-4] for name in there if name.endswith(".svg")}
    wanted = texts(binary, losses, drawn)
    wrong = [f"{name}: is no file of a loss" for name in sorted(
        there - set(wanted) - {f"{loss['name']}.svg" for loss in losses})]
    for name, text in wanted.items():
        path = os.path.join(directory, name)
        if name not in there:
            wrong.append(f"{name}: is missing")
        elif open(path, encoding="utf-8").read() != text:
            wrong.append(f"{name}: is not what the catalogue says")
    for name in sorted(drawn):
        with open(os.path.join(directory, f"{name}.svg"), encoding="utf-8") as svg:
            if not svg.read().rstrip().endswith("</svg>"):
                wrong.append(f"{name}.svg: is no whole picture")
    print("\n".join(wrong + [f"{len(wanted)} pages, {len(drawn)} pictures, {len(wrong)} wrong; "
                             "make docs writes them"]))
    return 1 if wrong else 0


def main(arguments):
    checking = arguments[:1] == ["--check"]
    binary, directory = arguments[checking:]
    losses = read_catalogue(binary)
    strangers = set(PICTURES) - {loss["name"] for loss in losses}
    if strangers:
        sys.exit(f"PICTURES: the catalogue has no {', '.join(sorted(strangers))}")
    return check(binary, directory, losses) if checking else write(binary, directory, losses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
