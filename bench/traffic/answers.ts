/** Reads an answer to its end and says whether it is the expected one. */
import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { Expected } from './calls.ts';
import { sha256Of } from './long-text.ts';

type Body = Dispatcher.ResponseData['body'];

/** A masker that waited for the rest of a value sends it in an event of its own. */
const mayBeAdded = 5;

export interface Read {
  /** As the model sent them. */
  readonly events: number;
  /** What is wrong with it; undefined: nothing. */
  readonly problem?: string;
}

/** Hashing a gibibyte takes a second, so each length once. */
const hashes = new Map<number, string>();
export function prepare(expected: Expected): void {
  if (expected.kind === 'long-text' && !hashes.has(expected.bytes)) {
    hashes.set(expected.bytes, sha256Of(expected.bytes));
  }
}

export async function readAnswer(body: Body, expected: Expected): Promise<Read> {
  switch (expected.kind) {
    case 'bytes': {
      const bytes = await countBytes(body);
      return bytes === expected.bytes ? { events: 0 } : { events: 0, problem: `${bytes} bytes` };
    }
    case 'events': {
      const events = await countEvents(body);
      const asSent = events >= expected.events && events <= expected.events + mayBeAdded;
      return asSent ? { events: expected.events } : { events: 0, problem: `${events} events` };
    }
    case 'long-text': {
      const { bytes, sha256 } = await hash(body);
      if (bytes !== expected.bytes) return { events: 0, problem: `${bytes} bytes` };
      return sha256 === hashes.get(bytes) ? { events: 0 } : { events: 0, problem: 'other bytes than were sent' };
    }
    case 'anything':
      await body.dump();
      return { events: 0 };
  }
}

async function countBytes(body: Body): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += Buffer.from(chunk).length;
  return bytes;
}

/** Ends of events, "\n\n", also where one is cut between chunks. */
async function countEvents(body: Body): Promise<number> {
  let events = 0;
  let last = 0;
  for await (const chunk of body) {
    for (const byte of Buffer.from(chunk)) {
      if (byte === 10 && last === 10) events += 1;
      last = byte;
    }
  }
  return events;
}

async function hash(body: Body): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const sha256 = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body) {
    bytes += Buffer.from(chunk).length;
    sha256.update(chunk);
  }
  return { bytes, sha256: sha256.digest('hex') };
}
