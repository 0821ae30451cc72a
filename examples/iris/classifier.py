"""A linear classifier with a softmax on top, fitted by gradient descent: small enough to need no library."""

import math


class SoftmaxClassifier:
    def __init__(self, classes, means, deviations, weights=None):
        self.classes = classes
        self.means = means
        self.deviations = deviations
        self.weights = weights or [[0.0] * (len(means) + 1) for _ in classes]

    @classmethod
    def untrained(cls, rows, labels):
        """Measures differ in size, and gradient descent wants them alike: each is scaled by its mean and deviation."""
        columns = list(zip(*rows))
        means = [sum(column) / len(column) for column in columns]
        deviations = [
            math.sqrt(sum((value - mean) ** 2 for value in column) / len(column)) or 1.0
            for column, mean in zip(columns, means)
        ]
        return cls(sorted(set(labels)), means, deviations)

    def step(self, rows, labels, learning_rate, penalty):
        """One pass over all rows, then one step downhill; returns the mean loss before the step."""
        gradients = [[0.0] * len(weights) for weights in self.weights]
        loss = 0.0
        for row, label in zip(rows, labels):
            inputs = self._inputs(row)
            probabilities = self._softmax(inputs)
            loss -= math.log(max(probabilities[self.classes.index(label)], 1e-12))
            for name, probability, gradient in zip(self.classes, probabilities, gradients):
                error = probability - (name == label)
                for i, value in enumerate(inputs):
                    gradient[i] += error * value / len(rows)
        for weights, gradient in zip(self.weights, gradients):
            for i in range(len(weights)):
                weights[i] -= learning_rate * (gradient[i] + penalty * weights[i])
        return loss / len(rows)

    def predict(self, row):
        """The most probable class and its probability."""
        probabilities = self._softmax(self._inputs(row))
        best = max(range(len(probabilities)), key=probabilities.__getitem__)
        return self.classes[best], probabilities[best]

    def _inputs(self, row):
        scaled = [(value - mean) / deviation for value, mean, deviation in zip(row, self.means, self.deviations)]
        return [1.0, *scaled]

    def _softmax(self, inputs):
        scores = [sum(weight * value for weight, value in zip(weights, inputs)) for weights in self.weights]
        highest = max(scores)  # taken off each score, so that no exponential overflows
        exponentials = [math.exp(score - highest) for score in scores]
        total = sum(exponentials)
        return [value / total for value in exponentials]

    def to_json(self):
        return {
            "classes": self.classes,
            "means": self.means,
            "deviations": self.deviations,
            "weights": self.weights,
        }

    @classmethod
    def from_json(cls, data):
        return cls(data["classes"], data["means"], data["deviations"], data["weights"])
