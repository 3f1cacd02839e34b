/** A fitted logistic regression over standardised features. */
export interface LogisticModel {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  readonly weights: readonly number[];
  readonly bias: number;
}

export const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/** Full-batch gradient descent on the log loss. `labels` are 0 or 1, one a row; all rows have the same width. */
export function fitLogistic(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  options: { readonly steps: number; readonly rate: number },
): LogisticModel {
  const width = rows[0]?.length ?? 0;
  const means = column(width, (at) => mean(rows.map((row) => row[at] ?? 0)));
  const deviations = column(width, (at) =>
    Math.sqrt(mean(rows.map((row) => ((row[at] ?? 0) - (means[at] ?? 0)) ** 2))),
  );
  const scaled = rows.map((row) => standardise(row, means, deviations));
  let weights: readonly number[] = column(width, () => 0);
  let bias = 0;
  for (let step = 0; step < options.steps; step += 1) {
    const slope = new Array<number>(width).fill(0);
    let biasSlope = 0;
    for (const [index, row] of scaled.entries()) {
      const error = sigmoid(bias + dot(weights, row)) - (labels[index] ?? 0);
      for (const [at, value] of row.entries()) slope[at] = (slope[at] ?? 0) + error * value;
      biasSlope += error;
    }
    weights = weights.map((weight, at) => weight - (options.rate * (slope[at] ?? 0)) / rows.length);
    bias -= (options.rate * biasSlope) / rows.length;
  }
  return { means, deviations, weights, bias };
}

/** Probability of the positive class, in (0, 1). */
export function predict(model: LogisticModel, row: readonly number[]): number {
  return sigmoid(model.bias + dot(model.weights, standardise(row, model.means, model.deviations)));
}

function standardise(
  row: readonly number[],
  means: readonly number[],
  deviations: readonly number[],
): readonly number[] {
  return row.map((value, at) => (value - (means[at] ?? 0)) / (deviations[at] || 1));
}

const column = (width: number, value: (at: number) => number): number[] =>
  Array.from({ length: width }, (_, at) => value(at));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
