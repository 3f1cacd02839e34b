/**
 * The keys of one issuer, kept through its outages. jose's own remote key set stops verifying ten minutes after the last
 * success and then fetches on every call; here the last good keys serve until a hard limit, refreshed in the background.
 */
import type { IssuerConfig } from '@countersign/core/policy/config.ts';
import type { Clock } from '@countersign/core/ports.ts';
import { errors, type FlattenedJWSInput, type JWSHeaderParameters, type LocalJWKSet } from 'jose';
import type { Logger } from 'pino';
import { fetchJwks, type JwksDocument } from './jwks-document.ts';

export interface KeySource {
  /** Changes with the key set: what was verified under another generation must be verified again. */
  generation(): number;
  /** Keys are here and younger than the hard limit. */
  usable(): boolean;
  ageSeconds(): number | undefined;
  /** Fetches once and keeps refreshing; resolves also when the issuer could not be reached. */
  start(): Promise<void>;
  /** Throws KeysUnavailable, or jose's error when no single key fits. */
  select(header: JWSHeaderParameters, token: FlattenedJWSInput): ReturnType<LocalJWKSet>;
  close(): void;
}

/** Nothing can be said about a token of this issuer at the moment. */
export class KeysUnavailable extends Error {}

export interface KeySourceOptions {
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Background refresh, ±10 %. */
  readonly refreshMs: number;
  /** Least time between fetches that callers' tokens cause, failed ones too. */
  readonly cooldownMs: number;
}

const firstRetryMs = 5000;

export function createKeySource(issuer: IssuerConfig, options: KeySourceOptions): KeySource {
  const { clock, log } = options;
  const closing = new AbortController();
  let keys: JwksDocument | undefined;
  let generation = 0;
  let fetchedAt = 0;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let underWay: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const usable = () => keys !== undefined && clock.monotonic() - fetchedAt <= issuer.jwksMaxStaleMs;

  const fetchOnce = async () => {
    attemptedAt = clock.monotonic();
    const fetched = await fetchJwks(issuer, closing.signal);
    if (closing.signal.aborted) return;
    if (!fetched.ok) {
      failures += 1;
      log.warn({ issuer: issuer.issuer, reason: fetched.error, failures, usable: usable() }, 'jwks_refresh_failed');
      return;
    }
    failures = 0;
    fetchedAt = clock.monotonic();
    if (keys?.fingerprint === fetched.value.fingerprint) return;
    keys = fetched.value;
    generation += 1;
    log.info({ issuer: issuer.issuer, generation }, 'jwks_loaded');
  };

  /** Single flight: whoever needs keys now shares the fetch that is under way. */
  const refresh = (): Promise<void> => {
    underWay ??= fetchOnce().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  /** For callers: an unknown `kid` is free to invent, so it must not be free to make us fetch. */
  const refreshForCaller = async () => {
    if (underWay || clock.monotonic() - attemptedAt >= options.cooldownMs) await refresh();
  };

  const schedule = () => {
    if (closing.signal.aborted) return;
    const backOff = Math.min(options.refreshMs, firstRetryMs * 2 ** (failures - 1));
    const delay = (failures === 0 ? options.refreshMs : backOff) * (0.9 + Math.random() * 0.2);
    timer = setTimeout(() => void refresh().then(schedule), delay).unref();
  };

  return {
    generation: () => generation,
    usable,
    ageSeconds: () => (keys ? Math.floor((clock.monotonic() - fetchedAt) / 1000) : undefined),
    start: async () => {
      await refresh();
      clearTimeout(timer);
      schedule();
    },
    select: async (header, token) => {
      if (!usable()) await refreshForCaller();
      if (!keys || !usable()) throw new KeysUnavailable();
      try {
        return await keys.select(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await refreshForCaller();
        return keys.select(header, token);
      }
    },
    close: () => {
      clearTimeout(timer);
      closing.abort();
    },
  };
}
