/** A thread that inspects blocks of ledgers for a verifier. It reads files, answers, and changes nothing. */
import { workerData } from 'node:worker_threads';
import { unreachable } from '@countersign/core/result.ts';
import { BlockInspector } from './block-inspection.ts';
import type { BlockAnswer, BlockRequest, BlockWorkerData } from './block-messages.ts';
import { inspectBlocks } from './block-stream.ts';
import { LedgerReader } from './ledger-reader.ts';

const { port, answers }: BlockWorkerData = workerData;

/** The file of the last request: many come of one. */
let open: { readonly file: string; readonly reader: LedgerReader } | undefined;

port.on('message', (request: BlockRequest) => {
  port.postMessage(answer(request));
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
});

function answer(request: BlockRequest): BlockAnswer {
  try {
    const reader = readerOf(request.file);
    switch (request.kind) {
      case 'inspect': {
        const inspector = new BlockInspector(request.ledger, request.partitions);
        return {
          kind: 'inspected',
          blocks: [...inspectBlocks(reader.blocks(), inspector, request.first, request.last)],
        };
      }
      case 'soundness':
        return { kind: 'soundness', isSound: reader.isSound() };
      default:
        return unreachable(request);
    }
  } catch {
    return { kind: 'failed' };
  }
}

function readerOf(file: string): LedgerReader {
  if (open?.file === file) return open.reader;
  open?.reader.close();
  open = undefined;
  const reader = new LedgerReader({ id: '', file });
  reader.beginSnapshot();
  open = { file, reader };
  return reader;
}
