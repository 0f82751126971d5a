#!/usr/bin/env python3
"""usage: scripts/fill_results.py RESULTS.json TEMPLATE.in.md PAGE.md

Writes PAGE.md: the template with the numbers that experiments measured. RESULTS.json is what
`losskit experiment --all --report DIR` writes. In the template stand

    {{experiment | what was measured}}               the result of a check
    {{experiment | caption | row | column}}          a cell of a table
"""


import datetime
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from report import cpu_name  # noqa: E402


def find(items, key, name, where):
    for item in items:
        if item[key] == name:
            return item
    known = "\n  ".join(item[key] for item in items)
    sys.exit(f"{where}: there is no {name!r}; there are\n  {known}")


def cell(experiment, caption, row, column, where):
    rows = find(experiment["tables"], "caption", caption, where)["rows"]
    heads = rows[0]
    if column not in heads:
        sys.exit(f"{where}: no column {column!r}; there are {heads}")
    for line in rows[1:]:
        if line[0] == row:
            return line[heads.index(column)]
    sys.exit(f"{where}: no row {row!r}; there are {[line[0] for line in rows[1:]]}")


def fill(template, results):
    def number(match):
        where = match.group(0)
        parts = [part.strip() for part in match.group(1).split("|")]
        experiment = find(results["experiments"], "name", parts[0], where)
        if len(parts) == 2:
            return find(experiment["checks"], "what", parts[1], where)["measured"]
        if len(parts) == 4:
            return cell(experiment, *parts[1:], where)
        sys.exit(f"{where}: expected two or four parts")

    return re.sub(r"\{\{(.*?)\}\}", number, template, flags=re.DOTALL)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    results_path, template_path, page_path = sys.argv[1:]
    with open(results_path, encoding="utf-8") as file:
        results = json.load(file)
    with open(template_path, encoding="utf-8") as file:
        template = file.read()
    page = fill(template, results)
    name = template_path.rsplit("/", 1)[-1]
    note = f"<!-- Made from {name} and the experiments by `make docs`. -->\n"
    end = f"\nMeasured on {cpu_name()}, {datetime.date.today()}.\n"
    with open(page_path, "w", encoding="utf-8") as file:
        file.write(note + page + end)


if __name__ == "__main__":
    main()
