/**
 * Refusals of callers whom nobody identified. Up to a rate each is a record of its own; above it those of one source are counted,
 * so that a flood of strangers fills neither disk nor memory. Each is still durable before its answer: the last one that is stored
 * says that from here on they are counted (`counting_until`), and only when that is on disk is a counted one answered.
 */
import type { LedgerError, RecordDraft } from '../ledger/record.ts';
import { ocsfProfiles, ocsfVersion } from '../ledger/records/api-activity.ts';
import type { DraftOf } from '../ledger/records/catalogue.ts';
import { isoTime } from '../ledger/time.ts';
import type { Clock, Ledger, Timers } from '../ports.ts';
import { ok, type Result } from '../result.ts';
import { anonymous, product, unknownSource } from './activity.ts';
import { Counted } from './counted-refusals.ts';
import type { Source } from './hand-off.ts';
import { type SourceGroup, sourceGroup } from './source-address.ts';

/** Of one process, in ten seconds. */
export interface RefusalRates {
  readonly perSource: number;
  readonly total: number;
}

export const windowMs = 10_000;
/** Sources that are told apart in one window, and records that it may end with. */
const maxSources = 1024;
const maxRecords = 100;

export interface RefusalPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ledger: Ledger;
}

export interface AnonymousRefusal {
  readonly session: string;
  readonly source: Source | undefined;
  /** Code and reason; from our own words only. */
  readonly reason: string;
  /** Its record, where it gets one. */
  readonly draft: (countingUntilMs: number | undefined) => RecordDraft;
}

type Written = Promise<Result<unknown, LedgerError>>;

interface SourceCount {
  stored: number;
  /** The record that says that further ones are counted. */
  announced: Written | undefined;
  readonly counted: Counted;
}

class Window {
  readonly sources = new Map<string, SourceCount>();
  readonly others = new Counted(undefined);
  readonly endsAt: number;
  readonly untilMs: number;
  stored = 0;
  /** Of all sources. */
  announced: Written | undefined;

  constructor({ clock }: RefusalPorts) {
    this.endsAt = clock.monotonic() + windowMs;
    this.untilMs = clock.now() + windowMs;
  }

  of(source: SourceGroup | undefined): SourceCount | undefined {
    const key = source?.ip ?? '';
    const known = this.sources.get(key);
    if (known !== undefined || this.sources.size >= maxSources) return known;
    const fresh = { stored: 0, announced: undefined, counted: new Counted(source) };
    this.sources.set(key, fresh);
    return fresh;
  }
}

export class RefusalCounts {
  readonly #by: 'authz-service' | 'proc-service';
  readonly #rates: RefusalRates;
  readonly #on: RefusalPorts;
  #window: Window | undefined;
  #cancelTimer: (() => void) | undefined;
  /** Counts that could not be written yet. */
  #owed: readonly Counted[] = [];

  constructor(by: 'authz-service' | 'proc-service', rates: RefusalRates, on: RefusalPorts) {
    this.#by = by;
    this.#rates = rates;
    this.#on = on;
  }

  /** Stored or counted; durable when it resolves. */
  async record(refusal: AnonymousRefusal): Promise<Result<unknown, LedgerError>> {
    const window = this.#current();
    const source = window.of(refusal.source && sourceGroup(refusal.source.ip));
    const announced = window.announced ?? source?.announced;
    return announced === undefined
      ? this.#store(refusal, window, source)
      : this.#count(refusal, window, source?.counted ?? window.others, announced);
  }

  #store(refusal: AnonymousRefusal, window: Window, source: SourceCount | undefined): Written {
    window.stored++;
    if (source !== undefined) source.stored++;
    const isLastOfAll = window.stored >= this.#rates.total;
    const isLast = isLastOfAll || (source !== undefined && source.stored >= this.#rates.perSource);
    const written = this.#on.ledger.append([refusal.draft(isLast ? window.untilMs : undefined)]);
    if (!isLast) return written;
    if (isLastOfAll) window.announced = written;
    if (source !== undefined) source.announced = written;
    return written.then((outcome) => {
      // Nothing announced it, so the next one has to.
      if (!outcome.ok && window.announced === written) window.announced = undefined;
      if (!outcome.ok && source?.announced === written) source.announced = undefined;
      return outcome;
    });
  }

  async #count(refusal: AnonymousRefusal, window: Window, counted: Counted, announced: Written): Written {
    const outcome = await announced;
    if (!outcome.ok) return outcome;
    // A window that has ended meanwhile is written already.
    const owner = this.#window === window ? counted : this.#late(counted);
    owner.add(refusal.session, refusal.reason, this.#on.clock.now());
    this.#cancelTimer ??= this.#on.timers.after(windowMs, () => void this.flush());
    return ok(undefined);
  }

  /** However many wait for a disk that hangs: one for each source. */
  #late({ source }: Counted): Counted {
    const owed = this.#owed.find((counted) => counted.source?.ip === source?.ip);
    if (owed !== undefined) return owed;
    const late = new Counted(source);
    this.#owed = [...this.#owed, late];
    return late;
  }

  #current(): Window {
    if (this.#window !== undefined && this.#on.clock.monotonic() < this.#window.endsAt) return this.#window;
    if (this.#window !== undefined) void this.flush();
    this.#window = new Window(this.#on);
    return this.#window;
  }

  /** Writes what was counted, and begins anew. What cannot be written is owed. */
  async flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const window = this.#window;
    this.#window = undefined;
    const counts = window === undefined ? [] : [...window.sources.values()].map(({ counted }) => counted);
    const all = [...this.#owed, ...counts, ...(window === undefined ? [] : [window.others])];
    const told = fewest(all.filter(({ count }) => count > 0));
    this.#owed = [];
    if (told.length === 0) return;
    const written = await this.#on.ledger.append(told.map((counted) => this.#recordOf(counted)));
    if (!written.ok) this.#owed = fewest([...told, ...this.#owed]);
  }

  #recordOf(counted: Counted): DraftOf<'refusals.counted'> {
    const nowMs = this.#on.clock.now();
    const { source } = counted;
    return {
      type: 'refusals.counted',
      time: isoTime(nowMs),
      data: {
        action_id: 2,
        activity_id: 99,
        activity_name: 'Invoke',
        actor: anonymous,
        api: { operation: 'any' },
        category_uid: 6,
        class_uid: 6003,
        count: counted.count,
        disposition_id: 20,
        end_time: counted.lastMs,
        metadata: { product, profiles: ocsfProfiles, version: ocsfVersion },
        severity_id: 2,
        src_endpoint: source === undefined ? unknownSource : { ip: source.ip },
        start_time: counted.firstMs,
        status_id: 2,
        time: nowMs,
        type_uid: 600399,
        unmapped: {
          by: this.#by,
          first: counted.first,
          last: counted.last,
          outcome: 'denied',
          prefix: source?.prefix,
          reasons: counted.reasons,
          sources: counted.sources,
        },
      },
    };
  }
}

/** The sources that refused most each for itself; what is left of them in one. */
function fewest(counts: readonly Counted[]): readonly Counted[] {
  const known = counts.filter(({ source }) => source !== undefined).toSorted((a, b) => b.count - a.count);
  const rest = new Counted(undefined);
  for (const counted of [...counts.filter(({ source }) => source === undefined), ...known.slice(maxRecords - 1)])
    rest.take(counted);
  const own = known.slice(0, maxRecords - 1);
  return rest.count === 0 ? own : [...own, rest];
}
