import type { Metrics } from '../telemetry/metrics.ts';

/** Named in snake_case as what must hold: `ledger_writing`. A closed list for each service; each is a metric's label. */
export type Conditions = Readonly<Record<string, () => boolean>>;

export interface ReadinessState {
  readonly ready: boolean;
  /** Why not: conditions that do not hold, `starting`, `draining`. */
  readonly reasons: readonly string[];
  /** Conditions without which some calls are refused and others are served. */
  readonly degraded: readonly string[];
}

/**
 * What a supervisor and Kubernetes are told (`/readyz`). Envoy is told less, by gRPC health: it only has to know where not to send
 * calls at all, and a refusal that we answer is better evidence than one that Envoy answers without us (docs/adr/0013).
 */
export class Readiness {
  readonly #required: Conditions;
  readonly #wanted: Conditions;
  #phase: 'starting' | 'serving' | 'draining' = 'starting';

  constructor(required: Conditions, wanted: Conditions, metrics: Metrics) {
    this.#required = required;
    this.#wanted = wanted;
    metrics.gauge('countersign_ready', 'Whether this process is ready (/readyz)', [], (gauge) =>
      gauge.set(this.state().ready ? 1 : 0),
    );
    metrics.gauge('countersign_condition', 'Whether a condition of readiness holds', ['condition'], (gauge) => {
      for (const [condition, holds] of Object.entries({ ...required, ...wanted }))
        gauge.set({ condition }, holds() ? 1 : 0);
    });
  }

  serving(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  draining(): void {
    this.#phase = 'draining';
  }

  state(): ReadinessState {
    const phase = this.#phase === 'serving' ? [] : [this.#phase];
    const reasons = [...phase, ...failing(this.#required)];
    return { ready: reasons.length === 0, reasons, degraded: failing(this.#wanted) };
  }
}

const failing = (conditions: Conditions): readonly string[] =>
  Object.entries(conditions).flatMap(([name, holds]) => (holds() ? [] : [`not_${name}`]));
