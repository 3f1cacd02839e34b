import type { RefusalCode } from '@countersign/core/error-codes.ts';
import { refusalCounter } from './exchange-metrics.ts';
import { type Metrics, secondsBuckets } from './metrics.ts';

/** What authz-service counts. */
export interface CheckMetrics {
  /** `code`: what the caller was answered; undefined: the call goes on to proc-service. */
  checked(code: RefusalCode | undefined, seconds: number): void;
  /** A bug of ours: Envoy was given an error. */
  failed(seconds: number): void;
  /** A token was looked up among those verified before. */
  looked(found: boolean): void;
}

export interface CheckMetricsSources {
  /** By issuer; undefined: never fetched. */
  readonly jwksAgeSeconds: () => ReadonlyMap<string, number | undefined>;
}

export function checkMetrics(metrics: Metrics, { jwksAgeSeconds }: CheckMetricsSources): CheckMetrics {
  const seconds = metrics.histogram({
    name: 'countersign_check_duration_seconds',
    help: 'One ext_authz check, by its end',
    labels: ['outcome'],
    buckets: secondsBuckets,
  });
  const [passed, refused, failed] = ['passed', 'refused', 'failed'].map((outcome) => seconds.cell(outcome));
  const count = refusalCounter(metrics);
  const lookups = metrics.counter('countersign_token_cache_total', 'Tokens looked up, by result', ['result']);
  const [hit, miss] = ['hit', 'miss'].map((result) => lookups.labels(result));
  metrics.gauge(
    'countersign_jwks_age_seconds',
    'Age of the keys of an issuer; absent: none yet',
    ['issuer'],
    (gauge) => {
      for (const [issuer, age] of jwksAgeSeconds()) if (age !== undefined) gauge.set({ issuer }, age);
    },
  );
  return {
    checked(code, duration) {
      if (code === undefined) return passed?.observe(duration);
      refused?.observe(duration);
      count(code);
    },
    failed: (duration) => failed?.observe(duration),
    looked: (found) => (found ? hit : miss)?.inc(),
  };
}
