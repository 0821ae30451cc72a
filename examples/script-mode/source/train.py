"""Learns to tell three kinds of iris by the nearest centre of each kind. Plain Python, so that any image with Python can run it.

Everything it needs comes in as AWS's training toolkit hands it over: hyperparameters as arguments, places as variables.
"""

import argparse
import csv
import json
import os
from pathlib import Path

from centres import centres_of, nearest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", default="species", help="the column to predict")
    parser.add_argument("--scale", type=float, default=1.0, help="how much the petals count beside the sepals")
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    options = parser.parse_args()

    centres = centres_of(rows_of(options.train, options))
    held_out = rows_of(options.validation, options)
    right = sum(nearest(centres, measures) == kind for measures, kind in held_out)
    print(f"validation:accuracy={right / len(held_out):.4f}")
    Path(options.model_dir, "centres.json").write_text(json.dumps(centres))


def rows_of(channel, options):
    """All rows of a channel: their measures, and what they are of."""
    rows = []
    for path in sorted(Path(channel).glob("*.csv")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if options.target not in row:
                    raise SystemExit(f"{path.name} has no column {options.target}; it has {', '.join(row)}")
                kind = row.pop(options.target)
                rows.append(([float(value) * weight_of(name, options) for name, value in row.items()], kind))
    return rows


def weight_of(column, options):
    return options.scale if column.startswith("petal") else 1.0


if __name__ == "__main__":
    main()
