import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { Histogram, type HistogramSpec } from './histogram.ts';

/** Durations from a cache hit to a hold: most of what the gateway adds is below a millisecond. */
export const secondsBuckets = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 240,
] as const;

/**
 * The metrics of one process. Labels are bounded: outcomes, codes, entities, names of the policy; never a user, a path or a session.
 * Names and labels stand in docs/metrics.md, and a test holds the two equal.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #histograms: Histogram[] = [];

  constructor(version: string) {
    this.gauge('countersign_build_info', 'Version of this process, always 1', ['version']).set({ version }, 1);
    collectDefaultMetrics({ register: this.#registry });
  }

  histogram(spec: HistogramSpec): Histogram {
    const made = new Histogram(spec);
    this.#histograms.push(made);
    return made;
  }

  counter<Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  /** `read`: asked at each scrape, for what is known elsewhere already. */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    read?: (gauge: Gauge<Label>) => void,
  ): Gauge<Label> {
    const collect = function collect(this: Gauge<Label>): void {
      read?.(this);
    };
    return new Gauge({ name, help, labelNames, registers: [this.#registry], ...(read && { collect }) });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    return `${await this.#registry.metrics()}\n${this.#histograms.map((one) => one.text()).join('\n')}`;
  }

  /** Of our own, sorted. */
  names(): readonly string[] {
    const all = [
      ...this.#registry.getMetricsAsArray().map(({ name }) => name),
      ...this.#histograms.map(({ spec }) => spec.name),
    ];
    return all.filter((name) => name.startsWith('countersign_')).toSorted();
  }
}
