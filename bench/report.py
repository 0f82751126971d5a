#!/usr/bin/env python3
"""Writes docs/performance.md: every pointwise loss against this machine's triad, on each instruction set, and
against PyTorch where it is installed.

    bench/report.py build docs/performance.md [--seconds 0.5] [--only python]

With --only the other sections of the page stay as they are. Run it on an otherwise idle machine."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

HEAD = """# Performance

Made by `{command}` on {date}: {cpu}, {cores} cores, {system}, {compiler}. Every figure of a table comes
from one run; times are the best of many rounds, in which the losses take turns. Value and gradient of
the mean, 2^24 elements.

**Of triad** is the fraction of the bandwidth that `a[i] = b[i] + 3 c[i]` reached in the same run with
the same number of threads: a loss reads two arrays and writes one, as the triad does. Small calls:
nanoseconds of one call through `lk_evaluate`, one thread.
"""


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def pointwise(binary):
    """The losses of this page's first tables; the others are compared with a copy and PyTorch."""
    run = subprocess.run([binary, "list", "--json"], check=True, capture_output=True, text=True)
    return [loss["name"] for loss in json.loads(run.stdout)["losses"] if loss["kind"] == "pointwise"]


def bench(binary, isa=None, **options):
    words = [binary, "bench", "--json", *pointwise(binary)]
    for name, value in options.items():
        words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    environment = dict(os.environ, **({"LOSSKIT_ISA": isa} if isa else {}))
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True,
                                     env=environment).stdout)


def by_name(run):
    return {row["loss"]: row for row in run["losses"]}


def main_table(run, wide):
    lines = [f"\n## {run['isa']}, {run['threads']} threads\n",
             f"Triad: f32 {run['triad']['gb_per_s']:.1f} GB/s, f64 {wide['triad']['gb_per_s']:.1f} "
             "GB/s.\n",
             "| loss | f32 ns/element | f32 GB/s | f32 of triad | f64 of triad | n = 1 | 16 | 256 "
             "| 4096 |", "|---|" + "---:|" * 8]
    double = by_name(wide)
    for row in run["losses"]:
        small = " | ".join(f"{s['ns_per_call']:.0f}" for s in row["small"])
        lines.append(f"| {row['loss']} | {row['ns_per_element']:.3f} | {row['gb_per_s']:.1f} | "
                     f"{row['of_triad']:.2f} | {double[row['loss']]['of_triad']:.2f} | {small} |")
    return "\n".join(lines) + "\n"


def isa_table(runs):
    names = [run["isa"] for run in runs]
    lines = ["\n## Other instruction sets\n", "f32, fraction of the triad, capped by `LOSSKIT_ISA`.\n",
             "| loss | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    rows = [by_name(run) for run in runs]
    for loss in rows[0]:
        lines.append(f"| {loss} | " + " | ".join(f"{r[loss]['of_triad']:.2f}" for r in rows) + " |")
    return "\n".join(lines) + "\n"


def comparison(script, build):
    """What the script prints; nothing where PyTorch is not installed."""
    path = pathlib.Path(__file__).with_name(script)
    done = subprocess.run([sys.executable, str(path), f"{build}/liblosskit.so"],
                          capture_output=True, text=True)
    if done.returncode:
        print(f"{script} was left out:", done.stderr.strip().splitlines()[-1], file=sys.stderr)
    return "" if done.returncode else done.stdout


def families_section(build):
    figures = comparison("compare_families.py", build)
    return figures and (
        "\n## Rows, regions, features and sequences\n\nValue and gradients of the mean, f32, against PyTorch's "
        "forward and backward, in one process, alternately (`bench/compare_families.py`). Where "
        "PyTorch lacks the loss it is put together from its functions, as people do. **Of copy**: "
        "the time of a plain copy of the scores, which reads and writes as much as value and "
        "gradient have to, by losskit's time.\n\n" + figures)


def edits_section(build):
    figures = comparison("compare_edit_distance.py", build)
    return figures and (
        "\n## Edit distance\n\nAgainst rapidfuzz, in one process, alternately "
        "(`bench/compare_edit_distance.py`).\n\n" + figures)


def liblinear_section(build):
    path = pathlib.Path(__file__).with_name("compare_liblinear.py")
    done = subprocess.run([sys.executable, str(path), "--losskit", f"{build}/losskit"],
                          capture_output=True, text=True)
    if not done.stdout:
        print("compare_liblinear.py was left out:", done.stderr.strip().splitlines()[-1],
              file=sys.stderr)
        return ""
    return (
        "\n## Linear models\n\n`losskit train` and LIBLINEAR's `train` as whole processes, "
        "alternately (`bench/compare_liblinear.py`): objective of LIBLINEAR's model and by how much "
        "that of losskit's is above it (below: negative), seconds, and losskit's time by LIBLINEAR's. "
        "`breast_cancer` has 569 rows: starting a process is most of it; `generated` 20,000 sparse "
        "rows of 40,000 features. LIBLINEAR ends after 1000 passes whether it has converged or "
        "not.\n\n```" + done.stdout + "```\n")


def pytorch_table(build):
    figures = comparison("compare_pytorch.py", build)
    return figures and (
        "\n## Against PyTorch\n\nTime of PyTorch's forward and backward divided by losskit's time "
        "for the same value and gradient, in one process, alternately (`bench/compare_pytorch.py`; "
        "losskit through ctypes, whose cost counts against it). `composed`: PyTorch lacks the loss "
        "and it is put together from its functions.\n\n" + figures)


PYTHON = "\n## From Python, beside PyTorch\n\n"


def python_section(build):
    root = pathlib.Path(__file__).resolve().parent.parent
    library = pathlib.Path(build).resolve() / "liblosskit_python.so"
    environment = dict(os.environ, PYTHONPATH=str(root / "python"), LOSSKIT_LIBRARY=str(library))
    done = subprocess.run([sys.executable, str(root / "bench/torch_losses.py")], text=True,
                          stdout=subprocess.PIPE, env=environment)
    if done.returncode:
        print("torch_losses.py was left out", file=sys.stderr)
        return ""
    return (
        f"{PYTHON}`bench/torch_losses.py` on {datetime.date.today()}, {cpu_name()}: one forward and "
        "backward pass of losskit.torch and of PyTorch, in eager mode, alternately; the gradient is "
        "that of the input alone. Ratio: losskit's time divided by PyTorch's. n counts elements of "
        "the input; losses over rows have n / classes rows, those over features n / classes points of "
        "as many numbers.\n\n" + done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("output", help="the page to write")
    parser.add_argument("--seconds", default="0.5", help="a loss and run")
    parser.add_argument("--only", choices=["python"], help="the section to measure")
    options = parser.parse_args()
    output = pathlib.Path(options.output)
    if options.only:
        section = python_section(options.build)
        if not section:
            return 1
        output.write_text(output.read_text().split(PYTHON)[0] + section)  # it is the last one
        return 0
    binary = f"{options.build}/losskit"
    size = 1 << 24
    first = bench(binary, size=size, seconds=options.seconds, small=True)
    wide = bench(binary, size=size, seconds=options.seconds, dtype="f64")
    others = [bench(binary, isa, size=size, seconds=options.seconds)
              for isa in ("x86-64-v3", "x86-64-v2", "x86-64") if platform.machine() == "x86_64"]
    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True).stdout
    page = HEAD.format(command=" ".join(["bench/report.py", "build", "docs/performance.md"]),
                       date=datetime.date.today(), cpu=cpu_name(), cores=os.cpu_count(),
                       system=platform.system(), compiler=compiler.splitlines()[0])
    page += main_table(first, wide)
    seen = {first["isa"]}
    others = [run for run in others if not (run["isa"] in seen or seen.add(run["isa"]))]
    if others:
        page += isa_table([first, *others])
    page += pytorch_table(options.build) + families_section(options.build)
    page += edits_section(options.build) + liblinear_section(options.build)
    output.write_text(page + python_section(options.build))
    return 0


if __name__ == "__main__":
    sys.exit(main())
