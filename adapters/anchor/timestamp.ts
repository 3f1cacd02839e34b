/** A time-stamping authority (RFC 3161) as an anchor: it signs that a checkpoint was there at a time. Its answer lies beside the note. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Publication } from '@countersign/core/ledger/publication.ts';
import type { Anchor, AnchorError } from '@countersign/core/ports.ts';
import { err, type Result } from '@countersign/core/result.ts';
import { writeOnce } from './folder.ts';
import { anchoredLedgerFolder, checkpointName } from './folder-layout.ts';
import { readAuthorities, TimestampError, timestampRequest, verifyTimestamp } from './timestamp-token.ts';

export interface TimestampOptions {
  readonly url: string;
  /** PEM: certificates that may vouch for the authority's. */
  readonly ca: string;
  /** Folder of the anchor. */
  readonly directory: string;
}

const answerWithinMs = 10_000;
/** A response with a chain of certificates has a few kilobytes. */
const maxAnswerBytes = 64 * 1024;

/** @throws when the file of certificates cannot be read or holds none */
export async function createTimestampAnchor({ url, ca, directory }: TimestampOptions): Promise<Anchor> {
  const authorities = readAuthorities(await readFile(ca, 'utf8'));
  return {
    name: url,
    async keep({ ledger, size, checkpoint }: Publication): Promise<Result<void, AnchorError>> {
      const folder = anchoredLedgerFolder(directory, ledger);
      const file = path.join(folder, `${checkpointName(size)}.tsr`);
      if (existsSync(file)) return { ok: true, value: undefined };
      try {
        const stamped = Buffer.from(checkpoint);
        const { query, nonce } = timestampRequest(stamped);
        const answer = await ask(url, query);
        await verifyTimestamp(answer, { stamped, nonce, authorities });
        await mkdir(folder, { recursive: true });
        return await writeOnce(file, answer);
      } catch (error) {
        return err({ code: 'ERR_ANCHOR_AWAY', reason: error instanceof Error ? error.message : String(error) });
      }
    },
  };
}

async function ask(url: string, query: Uint8Array): Promise<Uint8Array> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
    body: Buffer.from(query),
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithinMs),
  });
  if (!response.ok || response.body === null) throw new TimestampError(`the authority answers ${response.status}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.length;
    if (bytes > maxAnswerBytes) throw new TimestampError(`an answer of more than ${maxAnswerBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
