#!/usr/bin/env python3
"""The table of docs/comparison.md, from what bench/peers/run left: table.py OUT"""
import glob
import json
import os
import statistics
import sys

ORDER = ["pinprick", "pinprick-scores-only", "art-pixel", "foolbox-pointwise", "torchattacks-onepixel", "torchattacks-pixle"]


def read(out):
    rows, processes = {}, {}
    for path in glob.glob(os.path.join(out, "*.jsonl*")):  # a process that is still running counts with the images it has done
        with open(path, encoding="utf-8") as file:
            for row in map(json.loads, (line for line in file if line.startswith("{") and line.endswith("\n"))):
                if "process" in row:
                    processes.setdefault((row["model"], row["method"]), []).append(row)
                else:
                    rows[row["model"], row["budget"], row["method"], row["image"]] = row
    return rows, processes


def number(value):
    return "-" if value is None else f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def main(out):
    rows, processes = read(out)
    keys = {(model, budget) for model, budget, _, _ in rows}
    for model, budget in sorted(keys):
        print(f"\n{model}, {budget:,} queries\n\n| attack | flipped | pixels: median | mean | least | most | queries: mean | CPU s an image |")
        print("|---|---|---|---|---|---|---|---|")
        for method in ORDER:
            own = [row for (m, b, name, _), row in rows.items() if (m, b, name) == (model, budget, method)]
            if not own:
                continue
            pixels = [row["pixels"] for row in own if row["pixels"] is not None]
            spread = [statistics.median(pixels), statistics.mean(pixels), min(pixels), max(pixels)] if pixels else [None] * 4
            print(f"| {method} | {len(pixels)} of {len(own)} | " + " | ".join(map(number, spread)) +
                  f" | {number(statistics.mean(row['queries'] for row in own))} | {statistics.mean(row['seconds'] for row in own):.1f} |")
    print("\n| process | model | images | queries at most | CPU s | wall s | peak MiB |\n|---|---|---|---|---|---|---|")
    for (model, method), own in sorted(processes.items()):
        for row in sorted(own, key=lambda row: row["budgets"]):
            budgets = ", ".join(f"{budget:,}" for budget in row["budgets"])
            print(f"| {method} | {model} | {row['images']} | {budgets} | {row['cpu']:.0f} | {row['wall']:.0f} | {row['peak_mib']:.0f} |")


if __name__ == "__main__":
    main(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__)
