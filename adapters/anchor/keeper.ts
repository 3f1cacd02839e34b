/** Sends the checkpoints of one ledger to its anchors: the first and the last, and between them the newest now and then. */
import type { Publication } from '@countersign/core/ledger/publication.ts';
import type { Anchor, AnchorError, Timers } from '@countersign/core/ports.ts';
import type { Result } from '@countersign/core/result.ts';

export interface KeeperOptions {
  readonly anchors: readonly Anchor[];
  /** At most one checkpoint goes out in this time. */
  readonly everyMs: number;
  readonly timers: Timers;
  /** Each time one was sent: whether every anchor has it. */
  readonly onSent: (ok: boolean) => void;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

export class AnchorKeeper {
  readonly #options: KeeperOptions;
  /** Newest that is not anchored. What came before it is covered by it. */
  #waiting: Publication | undefined;
  #sending: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #isAway = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Never blocks and never fails: a checkpoint that was not anchored is covered by the next one that is. */
  offer(publication: Publication): void {
    this.#waiting = publication;
    if (this.#sending === undefined && this.#cancelTimer === undefined) this.#sendAndRest();
  }

  /** One more try for what waits; after it, nothing is sent any more. */
  async close(): Promise<void> {
    this.#cancelTimer?.();
    await this.#sending;
    this.#cancelTimer?.();
    await this.#send();
  }

  #sendAndRest(): void {
    this.#sending = this.#send().then(() => {
      this.#sending = undefined;
      this.#cancelTimer = this.#options.timers.after(this.#options.everyMs, () => {
        this.#cancelTimer = undefined;
        if (this.#waiting) this.#sendAndRest();
      });
    });
  }

  async #send(): Promise<void> {
    const publication = this.#waiting;
    if (publication === undefined) return;
    this.#waiting = undefined;
    const outcomes = await Promise.all(this.#options.anchors.map((anchor) => this.#keep(anchor, publication)));
    const isKept = outcomes.every(({ ok }) => ok);
    this.#options.onSent(isKept);
    if (isKept) this.#isBack(publication);
    else this.#waiting ??= publication;
  }

  async #keep(anchor: Anchor, publication: Publication): Promise<Result<void, AnchorError>> {
    const kept = await anchor.keep(publication);
    if (!kept.ok && !this.#isAway) {
      this.#isAway = true;
      const { ledger, size } = publication;
      this.#options.log.warn(
        { anchor: anchor.name, ledger, size, ...kept.error },
        'a checkpoint could not be anchored',
      );
    }
    return kept;
  }

  #isBack({ ledger, size }: Publication): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.log.info({ ledger, size }, 'checkpoints are anchored again');
  }
}
