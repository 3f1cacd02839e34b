import { type RefusalCode, refusals } from '@countersign/core/error-codes.ts';
import { type Phase, phases } from '@countersign/core/exchange/phases.ts';
import type { ExchangeMetrics, ExchangeOutcome, HoldOutcome } from '@countersign/core/exchange/ports.ts';
import type { Session } from '@countersign/core/exchange/session.ts';
import type { HistogramCell } from './histogram.ts';
import { type Metrics, secondsBuckets } from './metrics.ts';

export interface ExchangeMetricsSources {
  /** Bytes of requests in memory at this moment. */
  readonly requestBytes: () => number;
  /** The same on disk. */
  readonly spilledBytes: () => number;
}

export interface StreamMetrics extends ExchangeMetrics {
  /** Reading from Envoy stopped, because the call was behind. */
  paused(): void;
}

/** What proc-service counts. Everything on the path of every call is bound here, or kept at its first use: no objects, no hashing. */
export function exchangeMetrics(
  metrics: Metrics,
  { requestBytes, spilledBytes }: ExchangeMetricsSources,
): StreamMetrics {
  const open = new Set<Session>();
  const phaseCells = phaseCellsOf(metrics);
  const ended = endedCells(metrics);
  const refused = refusalCounter(metrics);
  const masked = maskedCounter(metrics);
  const holds = metrics.gauge('countersign_holds', 'Calls waiting for people now');
  const holdEnds = holdCounter(metrics);
  const pauses = metrics.counter('countersign_inbox_pauses_total', 'Times that reading a call from Envoy stopped');
  metrics.gauge('countersign_exchanges', 'Calls being served now', [], (gauge) => gauge.set(open.size));
  metrics.gauge('countersign_request_memory_bytes', 'Requests held in memory now', [], (gauge) =>
    gauge.set(requestBytes()),
  );
  metrics.gauge('countersign_request_disk_bytes', 'Requests waiting on disk now', [], (gauge) =>
    gauge.set(spilledBytes()),
  );
  metrics.gauge('countersign_held_back_bytes', 'Response bytes that masking holds back now', [], (gauge) =>
    gauge.set(heldBackBytes(open)),
  );
  return {
    began: (session) => void open.add(session),
    left: (session) => void open.delete(session),
    phase: (phase, seconds) => phaseCells[phase].observe(seconds),
    ended(endpoint, outcome, code, seconds) {
      ended(endpoint, outcome).observe(seconds);
      if (code !== undefined) refused(code);
    },
    held: (delta) => holds.inc(delta),
    paused: () => pauses.inc(),
    holdEnded: holdEnds,
    masked,
  };
}

function phaseCellsOf(metrics: Metrics): Readonly<Record<Phase, HistogramCell>> {
  const histogram = metrics.histogram({
    name: 'countersign_exchange_phase_duration_seconds',
    help: 'Time of each phase of a call',
    labels: ['phase'],
    buckets: secondsBuckets,
  });
  const cell = (phase: Phase): HistogramCell => histogram.cell(phase);
  const [collect, decide, hold, recordOpen, forward, model, relay, recordClose] = phases;
  return {
    collect: cell(collect),
    decide: cell(decide),
    hold: cell(hold),
    record_open: cell(recordOpen),
    forward: cell(forward),
    model: cell(model),
    relay: cell(relay),
    record_close: cell(recordClose),
  };
}

/** Endpoints are names of the policy, which a reload may change: their number is what people wrote. */
function endedCells(metrics: Metrics): (endpoint: string, outcome: ExchangeOutcome) => HistogramCell {
  const histogram = metrics.histogram({
    name: 'countersign_exchange_duration_seconds',
    help: 'First header to last byte of a call, by its end',
    labels: ['endpoint', 'outcome'],
    buckets: secondsBuckets,
  });
  const known = new Map<string, Map<ExchangeOutcome, HistogramCell>>();
  return (endpoint, outcome) => {
    const byOutcome = keep(known, endpoint, () => new Map<ExchangeOutcome, HistogramCell>());
    return keep(byOutcome, outcome, () => histogram.cell(endpoint, outcome));
  };
}

/** Every code is there from the start, at 0: an alert on what has never happened must not be an alert on nothing. */
export function refusalCounter(metrics: Metrics): (code: RefusalCode) => void {
  const counter = metrics.counter('countersign_refusals_total', 'Calls answered by us, by code', ['code']);
  const bound = new Map(Object.keys(refusals).map((code) => [code, counter.labels(code)]));
  for (const one of bound.values()) one.inc(0);
  return (code) => bound.get(code)?.inc();
}

function holdCounter(metrics: Metrics): (outcome: HoldOutcome) => void {
  const counter = metrics.counter('countersign_holds_ended_total', 'Holds that ended, by how', ['outcome']);
  return (outcome) => counter.inc({ outcome: outcome.toLowerCase() });
}

function maskedCounter(metrics: Metrics): ExchangeMetrics['masked'] {
  const counter = metrics.counter('countersign_masked_values_total', 'Values found and masked, by entity', [
    'direction',
    'entity',
  ]);
  const known = { request: new Map<string, Bound>(), response: new Map<string, Bound>() };
  return (direction, entity, count) =>
    keep(known[direction], entity, () => counter.labels(direction, entity)).inc(count);
}

interface Bound {
  inc(count: number): void;
}

function heldBackBytes(open: ReadonlySet<Session>): number {
  let held = 0;
  // A mask may be longer than what it hides, so a response can be ahead of itself.
  for (const { response } of open)
    if (response !== undefined) held += Math.max(0, response.bytes - response.releasedBytes);
  return held;
}

function keep<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
