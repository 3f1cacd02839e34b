/**
 * Preloaded into a proc-service (`node --import`): an exchange takes its time to notice that Envoy is gone, as it does behind a
 * large body that is being decoded. Its last record then comes long after the connection's end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ProcessStream } from '@countersign/adapters/grpc/process-stream.ts';
import type { Inbound } from '@countersign/core/exchange/message.ts';

const { next } = ProcessStream.prototype;

ProcessStream.prototype.next = async function late(this: ProcessStream): Promise<Inbound> {
  const message = await Reflect.apply(next, this, []);
  if (message.kind === 'gone') await pause(500);
  return message;
};
