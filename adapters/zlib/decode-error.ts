/** `message` is the code: what a record may say of it. */
export class DecodeError extends Error {
  readonly code: DecodeErrorCode;

  constructor(code: DecodeErrorCode) {
    super(code);
    this.name = 'DecodeError';
    this.code = code;
  }
}

export type DecodeErrorCode =
  | 'ERR_CODING_CORRUPT'
  | 'ERR_CODING_TRUNCATED'
  | 'ERR_CODING_TRAILING_BYTES'
  | 'ERR_CODING_TOO_LARGE'
  | 'ERR_CODING_EXPANSION'
  | 'ERR_CODING_WINDOW'
  | 'ERR_CODING_FRAMES'
  | 'ERR_CODING_TIME'
  | 'ERR_CODING_CLOSED';

export interface DecodeLimits {
  readonly maxBytes: number;
  readonly maxRatio: number;
}

/** Small bodies may be repetitive: the ratio counts only beyond this. */
const ratioFloorBytes = 64 * 1024;

/** Which limit so many bytes break, if any. */
export function overLimit(
  receivedBytes: number,
  decodedBytes: number,
  { maxBytes, maxRatio }: DecodeLimits,
): DecodeErrorCode | undefined {
  if (decodedBytes > maxBytes) return 'ERR_CODING_TOO_LARGE';
  return decodedBytes > ratioFloorBytes && decodedBytes > receivedBytes * maxRatio ? 'ERR_CODING_EXPANSION' : undefined;
}

/** zlib's, Brotli's and Zstandard's own codes in our words. */
export function codeOf(error: Error): DecodeErrorCode {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') return 'ERR_CODING_TRUNCATED';
  return code === 'ZSTD_error_frameParameter_windowTooLarge' ? 'ERR_CODING_WINDOW' : 'ERR_CODING_CORRUPT';
}
