/** The few questions asked of a Content-Type value (RFC 9110, 8.3). */
const essence = (contentType: string): string => contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

export const isEventStream = (contentType: string): boolean => essence(contentType) === 'text/event-stream';
/** With protobuf in it: the codec that gRPC means when none is named. */
export const isGrpc = (contentType: string): boolean => /^application\/grpc(?:\+proto)?$/.test(essence(contentType));
export const isJson = (contentType: string): boolean => /^application\/(?:[\w.-]+\+)?json$/.test(essence(contentType));
export const isJsonLines = (contentType: string): boolean =>
  /^application\/(?:x-)?(?:ndjson|jsonl|json-?lines|json-seq)$/.test(essence(contentType));
export const isForm = (contentType: string): boolean => essence(contentType) === 'application/x-www-form-urlencoded';

/** True when no charset is named: JSON and event streams are UTF-8 by definition, and bytes that are not are found later. */
export function charsetIsUtf8(contentType: string): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]?.toLowerCase();
  return charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';
}
