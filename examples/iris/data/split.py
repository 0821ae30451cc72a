#!/usr/bin/env python3
"""Makes train/iris.csv and validation/iris.csv of iris.csv: the same files each time.

Every fifth flower of each species goes to validation, so both parts hold all three species in equal shares.
"""

import csv
from pathlib import Path

HERE = Path(__file__).parent
FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def main():
    with open(HERE / "iris.csv", newline="") as file:
        rows = csv.reader(file)
        _count, _features, *species = next(rows)
        flowers = [[*measures, species[int(label)]] for *measures, label in rows]

    parts = {"train": [], "validation": []}
    for name in species:
        for position, flower in enumerate((f for f in flowers if f[-1] == name), start=1):
            parts["validation" if position % 5 == 0 else "train"].append(flower)

    for part, chosen in parts.items():
        folder = HERE / part
        folder.mkdir(exist_ok=True)
        with open(folder / "iris.csv", "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([[*FEATURES, "species"], *chosen])
        print(f"{part}/iris.csv: {len(chosen)} flowers")


main()
