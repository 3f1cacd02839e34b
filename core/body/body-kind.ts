import type { ReadApi } from '../policy/policy.ts';

/** What is known of a body before its first byte: everything that says how it is read. */
export interface BodyKind {
  readonly api: ReadApi;
  readonly direction: 'request' | 'response';
  /** As it was sent; '' when there is none. The api decides first: a content type only tells apart what it leaves open. */
  readonly contentType: string;
  /** Path of the call without its query: tells the operations of one api apart. */
  readonly path: string;
  /** Bytes of JSON in front of binary tensors (Open Inference, `inference-header-content-length`). */
  readonly jsonBytes?: number;
}
