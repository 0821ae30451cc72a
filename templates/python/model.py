"""The model: a straight line through the data, fitted by gradient descent. Put yours in its place."""

import math


class LinearModel:
    def __init__(self, columns, means, deviations, weights=None):
        self.columns = columns
        self.means = means
        self.deviations = deviations
        self.weights = weights or [0.0] * (len(columns) + 1)

    @classmethod
    def untrained(cls, columns, rows):
        """Columns differ in size, and gradient descent wants them alike: each is scaled by its mean and deviation."""
        values = list(zip(*rows))
        means = [sum(column) / len(column) for column in values]
        deviations = [
            math.sqrt(sum((value - mean) ** 2 for value in column) / len(column)) or 1.0
            for column, mean in zip(values, means)
        ]
        return cls(columns, means, deviations)

    def step(self, rows, targets, learning_rate):
        """One step downhill; returns the root of the mean squared error before it."""
        gradient = [0.0] * len(self.weights)
        squares = 0.0
        for row, target in zip(rows, targets):
            error = self.predict(row) - target
            squares += error * error
            for i, value in enumerate(self._inputs(row)):
                gradient[i] += error * value / len(rows)
        self.weights = [weight - learning_rate * slope for weight, slope in zip(self.weights, gradient)]
        return math.sqrt(squares / len(rows))

    def predict(self, row):
        return sum(weight * value for weight, value in zip(self.weights, self._inputs(row)))

    def _inputs(self, row):
        return [1.0, *((value - mean) / deviation for value, mean, deviation in zip(row, self.means, self.deviations))]

    def to_json(self):
        return {
            "columns": self.columns,
            "means": self.means,
            "deviations": self.deviations,
            "weights": self.weights,
        }

    @classmethod
    def from_json(cls, data):
        return cls(data["columns"], data["means"], data["deviations"], data["weights"])
