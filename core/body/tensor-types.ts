/** Datatypes of tensors, how many values a shape has, and how text values lie in memory. */

/** As many as NumPy arrays can have before version 2; model servers take fewer. */
export const maxDimensions = 32;

/** Bytes of one value of a datatype of Open Inference; BYTES has none, its values have lengths of their own. */
export const openInferenceWidths: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['UINT8', 1],
  ['UINT16', 2],
  ['UINT32', 4],
  ['UINT64', 8],
  ['INT8', 1],
  ['INT16', 2],
  ['INT32', 4],
  ['INT64', 8],
  ['FP16', 2],
  ['BF16', 2],
  ['FP32', 4],
  ['FP64', 8],
]);

/** Datatype of text: a list of values, each with its length in four bytes, little-endian, in front. */
export const textDatatype = 'BYTES';

/** tensorflow.DataType: those whose values have a width, in bits. */
export const tensorflowBits: ReadonlyMap<number, number> = new Map([
  [1, 32], // DT_FLOAT
  [2, 64], // DT_DOUBLE
  [3, 32], // DT_INT32
  [4, 8], // DT_UINT8
  [5, 16], // DT_INT16
  [6, 8], // DT_INT8
  [8, 64], // DT_COMPLEX64
  [9, 64], // DT_INT64
  [10, 8], // DT_BOOL
  [11, 8], // DT_QINT8
  [12, 8], // DT_QUINT8
  [13, 32], // DT_QINT32
  [14, 16], // DT_BFLOAT16
  [15, 16], // DT_QINT16
  [16, 16], // DT_QUINT16
  [17, 16], // DT_UINT16
  [18, 128], // DT_COMPLEX128
  [19, 16], // DT_HALF
  [22, 32], // DT_UINT32
  [23, 64], // DT_UINT64
]);

/** DT_STRING */
export const tensorflowText = 7;

/**
 * How many values a shape has; undefined: more than `most`, a length of a list. Stops there: the product stays a small
 * number, where that of all dimensions would have as many digits as the caller has patience.
 */
export function elementsUpTo(most: number, shape: readonly number[]): number | undefined {
  if (shape.includes(0)) return 0;
  let elements = 1;
  for (const dimension of shape) {
    elements *= dimension;
    if (elements > most) return undefined;
  }
  return elements;
}

/** In front of each text value of a tensor, as it lies in memory (Triton's BYTES): its length, little-endian. */
export const elementLengthBytes = 4;

export const elementLengthAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)) + (bytes[at + 3] ?? 0) * 2 ** 24;

export function elementLength(length: number): Uint8Array {
  const bytes = new Uint8Array(elementLengthBytes);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return bytes;
}

/** Of the value that begins at `at`, with its length; undefined: it would end behind `to`. */
export function endOfElement(bytes: Uint8Array, at: number, to: number): number | undefined {
  const from = at + elementLengthBytes;
  if (from > to) return undefined;
  const end = from + elementLengthAt(bytes, at);
  return end > to ? undefined : end;
}

/** Values of a raw tensor of text. undefined: they do not add up. */
export function countElements(bytes: Uint8Array, from: number, to: number): number | undefined {
  let count = 0;
  for (let at = from; at < to; count++) {
    const end = endOfElement(bytes, at, to);
    if (end === undefined) return undefined;
    at = end;
  }
  return count;
}
