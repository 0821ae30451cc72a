/** The model: a straight line through the data, fitted by gradient descent. Put yours in its place. */
export class LinearModel {
  constructor({ columns, means, deviations, weights }) {
    Object.assign(this, { columns, means, deviations, weights });
  }

  /** Columns differ in size, and gradient descent wants them alike: each is scaled by its mean and deviation. */
  static untrained(columns, rows) {
    const means = columns.map((_, i) => mean(rows.map((row) => row[i])));
    const deviations = columns.map((_, i) => Math.sqrt(mean(rows.map((row) => (row[i] - means[i]) ** 2))) || 1);
    return new LinearModel({ columns, means, deviations, weights: [0, ...columns.map(() => 0)] });
  }

  /** One step downhill; returns the root of the mean squared error before it. */
  step(rows, targets, learningRate) {
    const gradient = this.weights.map(() => 0);
    let squares = 0;
    for (const [n, row] of rows.entries()) {
      const error = this.predict(row) - targets[n];
      squares += error * error;
      for (const [i, value] of this.#inputs(row).entries()) gradient[i] += (error * value) / rows.length;
    }
    this.weights = this.weights.map((weight, i) => weight - learningRate * gradient[i]);
    return Math.sqrt(squares / rows.length);
  }

  predict(row) {
    let sum = 0;
    for (const [i, value] of this.#inputs(row).entries()) sum += this.weights[i] * value;
    return sum;
  }

  #inputs(row) {
    return [1, ...row.map((value, i) => (value - this.means[i]) / this.deviations[i])];
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
