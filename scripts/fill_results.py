#!/usr/bin/env python3
"""usage: scripts/fill_results.py RESULTS.json TEMPLATE.in.md PAGE.md

Writes PAGE.md: the template with the numbers that experiments measured. RESULTS.json is what
`losskit experiment --all --report DIR` writes. In the template stand

    {{experiment | what was measured}}               the result of a check
    {{experiment | caption | row | column}}          a cell of a table
"""

