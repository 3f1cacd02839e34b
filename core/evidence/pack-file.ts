/** A file of an evidence pack, from whoever makes it to whoever writes it. */
export interface PackFile {
  /** Path in the pack, with `/`: segments of `[A-Za-z0-9_][A-Za-z0-9._-]*`. */
  readonly name: string;
  /** Walked once. */
  readonly content: () => Iterable<string | Uint8Array>;
}

/** The two that are about all others. */
export const sumsName = 'SHA256SUMS';
export const noteName = 'pack.note';

const pattern = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;
/** No path with more is one for every system that a pack may be unpacked on. */
const maxNameLength = 512;
const maxSegmentLength = 255;

/** Nothing hidden, nothing that leaves the folder, nothing that a shell or a terminal reads as something else. */
export function isPackFileName(name: string): boolean {
  if (name.length > maxNameLength || !pattern.test(name)) return false;
  return name.split('/').every((segment) => segment.length <= maxSegmentLength);
}
