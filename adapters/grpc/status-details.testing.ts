/** google.rpc.Status with its details, read by protobuf itself: what core writes by hand must be what everybody else reads. */
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';

const loaded = loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'], {
  includeDirs: [fileURLToPath(new URL('../../protos/', import.meta.url))],
  keepCase: true,
  defaults: true,
  longs: Number,
});

function decode(type: string, bytes: Buffer): object {
  const definition = loaded[type];
  if (definition === undefined || !('deserialize' in definition) || typeof definition.deserialize !== 'function')
    throw new Error(`protos/ has no ${type}`);
  return Object(definition.deserialize(bytes));
}

const prefix = 'type.googleapis.com/';

/** The status with each detail under the last word of its type. */
export function readStatusDetails(bytes: Buffer): Readonly<Record<string, unknown>> {
  const { details, ...status } = { details: [], ...decode('google.rpc.Status', bytes) };
  const read = details.map(({ type_url, value }: { readonly type_url: string; readonly value: Buffer }) => {
    if (!type_url.startsWith(prefix)) throw new Error(`no type: ${type_url}`);
    const type = type_url.slice(prefix.length);
    return [type.slice('google.rpc.'.length), decode(type, value)] as const;
  });
  return { ...status, ...Object.fromEntries(read) };
}
