/** A file of an evidence pack, from whoever makes it to whoever writes it. */
export interface PackFile {
  /** Path in the pack, with `/`: segments of `[A-Za-z0-9][A-Za-z0-9._-]*`. */
  readonly name: string;
  /** Walked once. */
  readonly content: () => Iterable<string | Uint8Array>;
}
