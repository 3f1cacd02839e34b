import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MaskSummary } from '@countersign/core/masking/masker.ts';
import { UsageError } from '../up/configuration.ts';
import { bodyKindOf, type KindOptions } from './body-kind.ts';
import { BadLine, maskLines } from './jsonl.ts';
import { hitsOf, maxReportBytes, summaryLine } from './report.ts';
import { type MaskOptions, type MaskSetting, openSetting, PolicyFaults } from './setting.ts';
import { maskStream, Unreadable } from './stream.ts';

export interface MaskRunOptions extends MaskOptions, KindOptions {
  readonly report: boolean;
  readonly jsonl: boolean;
}

export interface MaskStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** A line for a person. */
  readonly tell: (line: string) => void;
}

/**
 * The exit code: 0 masked; 1 the policy is wrong, or its profile blocks a value that is in the input; 2 wrong usage or unreadable
 * input.
 */
export async function runMask(options: MaskRunOptions, io: MaskStreams): Promise<number> {
  try {
    await run(options, io);
    return 0;
  } catch (error) {
    const { code, message } = outcomeOf(error);
    if (message !== undefined) io.tell(message);
    return code;
  }
}

async function run(options: MaskRunOptions, io: MaskStreams): Promise<void> {
  if (options.jsonl && options.report) throw new UsageError('--report goes without --jsonl, whose answers have spans');
  const kind = bodyKindOf(options);
  const setting = await openSetting(options);
  if (options.jsonl) return pipeline(io.input, (input) => maskLines(bytesOf(input), setting), io.output);
  let summary: MaskSummary = { counts: {}, faults: [] };
  const ended = (seen: MaskSummary): void => {
    summary = seen;
  };
  const source = options.report ? Readable.from(await reported(setting, io)) : io.input;
  await pipeline(source, (input) => maskStream(bytesOf(input), setting, kind, ended), io.output);
  if (options.report) io.tell(summaryLine(summary));
  const unread = summary.faults.filter((fault) => fault !== 'digit_run_too_long');
  if (unread.length > 0)
    throw new UsageError(`not all of it could be read, and that part is blotted: ${unread.join(', ')}`);
}

/** Hits first, then the same bytes for the masker. */
async function reported(setting: MaskSetting, io: MaskStreams): Promise<readonly Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of bytesOf(io.input)) {
    bytes += part.length;
    if (bytes > maxReportBytes) throw new UsageError('--report reads at most 64 MiB');
    parts.push(part);
  }
  const input = Buffer.concat(parts);
  for (const hit of hitsOf(input, setting)) io.tell(hit);
  return [input];
}

async function* bytesOf(input: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of input) if (chunk instanceof Uint8Array) yield chunk;
}

/** What to say, and with which code to end. */
function outcomeOf(error: unknown): { readonly code: number; readonly message?: string } {
  // The reader has had enough (`| head`): nothing went wrong here.
  if (error instanceof Error && 'code' in error && readerLeft.includes(String(error.code))) return { code: 0 };
  if (error instanceof PolicyFaults) return { code: 1, message: error.message };
  if (error instanceof Unreadable) {
    return error.isBlocked
      ? { code: 1, message: `the profile blocks a value in the input (${error.message}): the rest is not written` }
      : { code: 2, message: `the input cannot be read (${error.message}): the rest is not written` };
  }
  if (error instanceof UsageError || error instanceof BadLine) return { code: 2, message: error.message };
  if (error instanceof Error && 'syscall' in error && error.syscall === 'read')
    return { code: 2, message: error.message };
  throw error;
}

const readerLeft = ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];
