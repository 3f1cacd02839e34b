/** What a thread that inspects blocks is told, and what it answers: plain values. */
import type { MessagePort } from 'node:worker_threads';
import type { InspectedBlock } from './block-stream.ts';

export interface BlockWorkerData {
  readonly port: MessagePort;
  /** Counts the answers of all threads: who waits for one waits for it to grow. */
  readonly answers: Int32Array<SharedArrayBuffer>;
}

export type BlockRequest =
  | {
      readonly kind: 'inspect';
      readonly file: string;
      readonly ledger: string;
      readonly partitions: number;
      readonly first: number;
      /** Itself included. */
      readonly last: number;
    }
  | { readonly kind: 'soundness'; readonly file: string };

/** In the order of the requests. `failed`: it could not be read; whoever asked reads it, and sees why. */
export type BlockAnswer =
  | { readonly kind: 'inspected'; readonly blocks: readonly InspectedBlock[] }
  | { readonly kind: 'soundness'; readonly isSound: boolean }
  | { readonly kind: 'failed' };
