/** Calls by an unmodified grpc-js client; messages are bytes, so any service can be called. */
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';

export interface GrpcCaller {
  /** A unary call. Resolves with the message, or with the error as the client's application would see it. */
  unary(path: string, message: Buffer, token?: string): Promise<Buffer | ServiceError>;
  close(): void;
}

export function grpcCaller(port: number, authority = 'models.bank.test'): GrpcCaller {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.default_authority': authority });
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    unary(path, message, token) {
      const metadata = new Metadata();
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
      // A gateway that never answers is a failure of the test, not a wait for its end.
      const deadline = Date.now() + 60_000;
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, asIs, asIs, message, metadata, { deadline }, (error, answer) => {
          if (error !== null) resolve(error);
          else if (answer !== undefined) resolve(answer);
          else reject(new Error('neither an error nor a message'));
        });
      });
    },
    close: () => client.close(),
  };
}
