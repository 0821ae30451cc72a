#!/usr/bin/env python3
"""Makes train/wine.csv and validation/wine.csv of wine_data.csv: the same files each time.

Every fifth wine of each cultivar goes to validation, so both parts hold all three cultivars in equal shares.
"""

import csv
from pathlib import Path

HERE = Path(__file__).parent
FEATURES = [
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280_od315",
    "proline",
]


def main():
    with open(HERE / "wine_data.csv", newline="") as file:
        rows = csv.reader(file)
        _count, _features, *cultivars = next(rows)
        wines = [[*measures, cultivars[int(label)]] for *measures, label in rows]

    parts = {"train": [], "validation": []}
    for name in cultivars:
        for position, wine in enumerate((w for w in wines if w[-1] == name), start=1):
            parts["validation" if position % 5 == 0 else "train"].append(wine)

    for part, chosen in parts.items():
        folder = HERE / part
        folder.mkdir(exist_ok=True)
        with open(folder / "wine.csv", "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([[*FEATURES, "cultivar"], *chosen])
        print(f"{part}/wine.csv: {len(chosen)} wines")


main()
