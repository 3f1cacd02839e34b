/** A gRPC model under the test's control: what reached it, whatever the messages are. */
import { createHash } from 'node:crypto';
import {
  Metadata,
  Server,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';

export const same = (bytes: Buffer): Buffer => bytes;
const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
export const echo = {
  Unary: method('/test.Echo/Unary', false, false),
  Both: method('/test.Echo/Both', true, true),
  Upload: method('/test.Echo/Upload', true, false),
};

export interface Seen {
  readonly authorization: string | undefined;
  bytes: number;
  halfClosed: boolean;
}
export const seen: Seen[] = [];
function see(call: {
  readonly metadata: Metadata;
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
}): Seen {
  const one: Seen = { authorization: call.metadata.get('authorization')[0]?.toString(), bytes: 0, halfClosed: false };
  seen.push(one);
  return one;
}

/** A gRPC model: echoes; `fail` in the request ends it with a status; `enough` ends it while the caller still sends. */
export function grpcModel(): Server {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(echo, {
    Unary(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
      see(call).bytes = call.request.length;
      const trailers = new Metadata();
      trailers.set('x-model-cost', '7');
      if (call.request.includes('fail'))
        answer({ code: status.RESOURCE_EXHAUSTED, details: 'no room', metadata: trailers });
      else answer(null, call.request, trailers);
    },
    Both(call: ServerDuplexStream<Buffer, Buffer>) {
      const one = see(call);
      call.on('data', (bytes: Buffer) => {
        one.bytes += bytes.length;
        if (bytes.includes('enough')) {
          const trailers = new Metadata();
          trailers.set('x-model-cost', '8');
          call.end(trailers);
        } else call.write(bytes);
      });
      call.on('end', () => {
        one.halfClosed = true;
        call.end();
      });
    },
    Upload(call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
      const one = see(call);
      const hash = createHash('sha256');
      call.on('data', (bytes: Buffer) => {
        one.bytes += bytes.length;
        hash.update(bytes);
      });
      call.on('end', () => {
        one.halfClosed = true;
        answer(null, hash.digest());
      });
    },
  });
  return server;
}
