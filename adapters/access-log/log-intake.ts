/** Lines of a log, on their way to be joined: what can be said about one by itself is said at once. */
import { basename } from 'node:path';
import { type AccessLine, parseAccessLine } from '@countersign/core/ledger/reconcile/access-line.ts';
import { judgeUnnamed, type Period, whyUnrecorded } from '@countersign/core/ledger/reconcile/judge.ts';
import type { Tally } from '@countersign/core/ledger/reconcile/tally.ts';
import type { Reconciliation } from '../sqlite/reconciliation.ts';
import { readLogPieces } from './read-lines.ts';

export interface IntakeOptions {
  readonly logs: readonly string[];
  readonly store: Reconciliation;
  readonly tally: Tally;
  readonly period: Period;
  /** Clusters of Envoy that lead to no model. */
  readonly others: ReadonlySet<string>;
  readonly onProgress: (lines: number) => void;
}

const progressEvery = 4096;

export class LogIntake {
  readonly #options: IntakeOptions;
  lines = 0;
  /** Ends of requests. */
  requests = 0;
  /** Requests that name no session, and that nothing was sent on of. */
  unnamed = 0;
  firstMs = Infinity;
  lastMs = -Infinity;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** @throws when a file cannot be read */
  async read(): Promise<void> {
    for (const [file, path] of this.#options.logs.entries()) {
      for await (const piece of readLogPieces(path)) {
        if (piece.kind === 'fault') this.#unreadable(file, piece.number, piece.detail ?? piece.fault);
        else for (const [index, text] of piece.texts.entries()) this.#readLine(text, file, piece.first + index);
      }
    }
  }

  placeOf(file: number, number: number): string {
    return `${basename(this.#options.logs[file] ?? '')}:${number}`;
  }

  #readLine(text: string, file: number, number: number): void {
    if (++this.lines % progressEvery === 0) this.#options.onProgress(this.lines);
    const line = parseAccessLine(text);
    if (typeof line !== 'string') this.#take(line, file, number);
    else if (line !== 'not_an_end') this.#unreadable(file, number, line);
    if (line === 'not_json') this.#readRest(text, file, number);
  }

  /** An Envoy that was killed within a line is followed by one that writes on behind it. */
  #readRest(text: string, file: number, number: number): void {
    const begin = text.lastIndexOf('{"');
    const line = begin > 0 ? parseAccessLine(text.slice(begin)) : 'not_json';
    if (typeof line !== 'string') this.#take(line, file, number);
  }

  #unreadable(file: number, number: number, detail: string): void {
    this.#options.tally.add({ reason: 'line_unreadable', line: this.placeOf(file, number), detail });
  }

  #take(line: AccessLine, file: number, number: number): void {
    this.requests++;
    this.firstMs = Math.min(this.firstMs, line.endedMs);
    this.lastMs = Math.max(this.lastMs, line.endedMs);
    const { session, answered, refused, forwarded, whole, status, endedMs, source } = line;
    if (session === undefined && answered === undefined) {
      this.#takeUnnamed(line, file, number);
      return;
    }
    const seen = {
      file,
      number,
      elsewhere: session !== undefined && answered !== undefined && answered !== session,
      refused,
      forwarded,
      whole,
      grpcFailed: line.grpcStatus !== undefined && line.grpcStatus !== 0,
      status,
      endedMs,
      unrecorded: whyUnrecorded(line),
      requestId: forwarded ? undefined : line.requestId,
      source,
    };
    const { store } = this.#options;
    if (session !== undefined) store.addLine({ ...seen, session, minted: true });
    if (answered !== undefined && answered !== session) store.addLine({ ...seen, session: answered, minted: false });
  }

  #takeUnnamed(line: AccessLine, file: number, number: number): void {
    const { store, tally, others, period } = this.#options;
    if (!line.forwarded) {
      this.unnamed++;
      if (line.requestId !== undefined) store.addOrphan(line.requestId);
    }
    const reason = judgeUnnamed(line, others, period);
    const words = reason === 'other_upstream' ? line.upstream : line.details;
    tally.add({ reason, line: this.placeOf(file, number), detail: `${line.status} ${words ?? ''}`.trim() });
  }
}
