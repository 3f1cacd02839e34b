/**
 * The thread that writes one ledger. Only a full disk is an answer; any other failure is thrown and ends the thread, and with it
 * the process: after a failed fsync nobody knows what is on the disk, and trying again would only hide it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { unreachable } from '@countersign/core/result.ts';
import type { LedgerReply, LedgerRequest, LedgerStart } from './ledger-messages.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import { LedgerRun, type RunOptions } from './ledger-run.ts';
import { isFull } from './sqlite-error.ts';

if (parentPort === null) throw new Error('this module runs in a worker thread');
const port = parentPort;
const options: RunOptions = workerData;

const run = start();
if (run) {
  port.on('message', (request: LedgerRequest) => {
    const reply = answer(run, request);
    port.postMessage(reply);
    if (reply.kind === 'closed') port.close();
  });
}

function start(): LedgerRun | undefined {
  try {
    const opened = new LedgerRun(options);
    const { id, file } = opened.place;
    port.postMessage({ kind: 'opened', ledger: id, file, unended: opened.unended } satisfies LedgerStart);
    return opened;
  } catch (error) {
    const code = error instanceof LedgerOpenError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ kind: 'refused', code, message } satisfies LedgerStart);
    return undefined;
  }
}

function answer(open: LedgerRun, request: LedgerRequest): LedgerReply {
  switch (request.kind) {
    case 'append':
      return unlessFull(open, () => {
        const firstSeq = open.ledger.append(request.batch);
        open.inPlace.assert();
        return { kind: 'appended', firstSeq };
      });
    case 'probe':
      return unlessFull(open, () => {
        open.ledger.makeRoom(request.bytes);
        return open.reserve.fill() ? { kind: 'room' } : { kind: 'full' };
      });
    case 'close':
      open.close();
      return { kind: 'closed' };
    default:
      return unreachable(request);
  }
}

function unlessFull({ reserve }: LedgerRun, work: () => LedgerReply): LedgerReply {
  try {
    return work();
  } catch (error) {
    if (!isFull(error)) throw error;
    reserve.spend(); // it makes room for the record that says so
    return { kind: 'full' };
  }
}
