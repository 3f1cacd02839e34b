import { err, type Result } from '@countersign/core/result.ts';
import { backoffMs } from './backoff.ts';
import type { BrokerLink } from './broker-link.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Problem } from './problem.ts';
import type { TopicCheck } from './topics.ts';

/** The current link, made anew whenever the last one failed in any way, or lost a connection while idle. */
export interface RenewedLink {
  /**
   * One attempt, connecting first when there is no link. A failure is reported, the link discarded, and the back-off waited for
   * before this returns. undefined: stopped meanwhile.
   */
  attempt<T>(use: (link: BrokerLink) => Promise<Result<T, Problem>>): Promise<Result<T, Problem> | undefined>;
  discard(): void;
}

export interface LinkPorts {
  readonly lifecycle: Lifecycle;
  connect(onLost: () => void): Promise<Result<BrokerLink, Problem>>;
  readonly report: {
    /** The cluster did what it was asked. */
    connected(topics: TopicCheck): void;
    /** `attempts`: failures in a row. */
    failed(problem: Problem, attempts: number): void;
  };
  /** In [0, 1). */
  random(): number;
}

/** While draining time is short, and a cluster that comes back should still get the rest. */
const drainPauseMs = 250;

export function createRenewedLink({ connect, lifecycle, report, random }: LinkPorts): RenewedLink {
  let current: BrokerLink | undefined;
  let lost = false;
  let failures = 0;

  const discard = () => {
    current?.discard();
    current = undefined;
  };

  const establish = async (): Promise<Result<BrokerLink, Problem>> => {
    if (current !== undefined && !lost) return { ok: true, value: current };
    discard();
    lost = false;
    const made = await connect(() => {
      lost = true;
      lifecycle.wake();
    });
    if (!made.ok) return made;
    if (lifecycle.phase === 'stopped') {
      made.value.discard();
      return err({ reason: 'sender_failed', detail: 'stopped while connecting' });
    }
    current = made.value;
    return made;
  };

  const tryOnce = async <T>(use: (link: BrokerLink) => Promise<Result<T, Problem>>): Promise<Result<T, Problem>> => {
    const link = await establish();
    if (!link.ok) return link;
    const used = await use(link.value);
    if (used.ok) report.connected(link.value.topics);
    return used;
  };

  return {
    discard,
    async attempt(use) {
      const result = await lifecycle.unlessStopped(tryOnce(use));
      if (result === undefined) return undefined;
      if (result.ok) {
        failures = 0;
        return result;
      }
      discard();
      failures += 1;
      report.failed(result.error, failures);
      await lifecycle.pause(lifecycle.phase === 'draining' ? drainPauseMs : backoffMs(failures, random));
      return result;
    },
  };
}
