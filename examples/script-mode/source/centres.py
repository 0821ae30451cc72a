"""Centres of groups of points: the model, small enough to be read."""

from collections import defaultdict


def centres_of(rows):
    groups = defaultdict(list)
    for measures, kind in rows:
        groups[kind].append(measures)
    return {kind: [sum(column) / len(points) for column in zip(*points)] for kind, points in groups.items()}


def nearest(centres, measures):
    def distance(kind):
        return sum((here - there) ** 2 for here, there in zip(centres[kind], measures))

    return min(centres, key=distance)
