/**
 * The thread that writes one ledger. Only a full disk is an answer; any other failure is thrown and ends the thread, and with it
 * the process: after a failed fsync nobody knows what is on the disk, and trying again would only hide it.
 */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { unreachable } from '@countersign/core/result.ts';
import type {
  LedgerCertification,
  LedgerPublication,
  LedgerReply,
  LedgerRequest,
  LedgerStart,
} from './ledger-messages.ts';
import type { SignedSize } from './ledger-notes.ts';
import { LedgerOpenError } from './ledger-open-error.ts';
import { answerPruning } from './ledger-pruning.ts';
import { LedgerRun, type RunOptions } from './ledger-run.ts';
import { isFull } from './sqlite-error.ts';

if (parentPort === null) throw new Error('this module runs in a worker thread');
const port = parentPort;
const options: RunOptions = workerData;

const run = await start();
if (run) {
  const publishing = setInterval(() => publish(run), options.publishEveryMs).unref();
  port.on('message', (request: LedgerRequest) => {
    const reply = answer(run, request);
    port.postMessage(reply);
    if (reply.kind !== 'closed') return;
    clearInterval(publishing);
    port.close();
  });
}

async function start(): Promise<LedgerRun | undefined> {
  try {
    const prepared = LedgerRun.prepare(options);
    port.postMessage({ kind: 'certify', text: prepared.text } satisfies LedgerStart);
    const [certification]: LedgerCertification[] = await once(port, 'message');
    if (certification?.signature === undefined) {
      prepared.abandon();
      return undefined;
    }
    const begun = prepared.begin(certification.signature);
    port.postMessage({ kind: 'opened', opened: begun.opened } satisfies LedgerStart);
    return begun;
  } catch (error) {
    const code = error instanceof LedgerOpenError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ kind: 'refused', code, message } satisfies LedgerStart);
    return undefined;
  }
}

/** On a full disk it waits: the checkpoint itself is there, with the records it covers. */
function publish({ ledger }: LedgerRun): void {
  try {
    announce(ledger.publish());
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

function announce(checkpoint: SignedSize | undefined): void {
  if (checkpoint) port.postMessage({ kind: 'published', checkpoint } satisfies LedgerPublication);
}

function answer(open: LedgerRun, request: LedgerRequest): LedgerReply {
  switch (request.kind) {
    case 'append':
      return unlessFull(open, () => {
        const { firstSeq, published } = open.ledger.append(request.batch);
        open.inPlace.assert();
        announce(published);
        return { kind: 'appended', firstSeq };
      });
    case 'probe':
      return unlessFull(open, () => {
        open.ledger.makeRoom(request.bytes);
        return open.reserve.fill() ? { kind: 'room' } : { kind: 'full' };
      });
    case 'look':
    case 'prune':
      return answerPruning(open, request);
    case 'close':
      publish(open);
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
