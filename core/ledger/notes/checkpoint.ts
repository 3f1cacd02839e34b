/** Checkpoints (c2sp.org/tlog-checkpoint): size and root of a ledger's tree, signed by the key of its run. */
import { toBase64 } from '../../base64.ts';
import { exactBase64, type Note } from './note.ts';

export interface Checkpoint {
  /** Its first line, the origin. */
  readonly ledger: string;
  readonly size: number;
  /** Base64 (with padding) of the 32 bytes, as it stands in the note. */
  readonly root: string;
}

const rootBytes = 32;
const sizePattern = /^(0|[1-9][0-9]{0,15})$/;

/** What is signed. @param ledger an id, see ledgerId() */
export function checkpointText(ledger: string, size: number, root: Uint8Array): string {
  return `${ledger}\n${size}\n${toBase64(root, true)}\n`;
}

/** @returns undefined when the text is not that of a checkpoint of ours; extension lines are none */
export function parseCheckpoint({ text }: Note): Checkpoint | undefined {
  const [ledger = '', size = '', root = '', ...rest] = text.split('\n');
  if (rest.length !== 1 || rest[0] !== '' || ledger === '' || !sizePattern.test(size)) return undefined;
  if (!Number.isSafeInteger(Number(size)) || exactBase64(root)?.length !== rootBytes) return undefined;
  return { ledger, size: Number(size), root };
}
