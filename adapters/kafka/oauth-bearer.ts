import type { Mechanism } from 'kafkajs';
import type { AccessTokens } from './access-token.ts';
import { ProblemError, refusedToken } from './problem.ts';

/**
 * SASL OAUTHBEARER (RFC 7628) for kafkajs, whose own takes every answer for a login: a broker refuses a token with an answer that
 * has no error code, only a text that says so. The next request would then fail, as something else.
 */
export function oauthBearer(tokens: AccessTokens): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const token = await tokens.current();
        if (!token.ok) throw new ProblemError(token.error);
        const said = await saslAuthenticate({
          request: { encode: () => withLength(Buffer.from(`n,,\x01auth=Bearer ${token.value}\x01\x01`)) },
          response: { decode: (answer: Buffer) => answer.subarray(4), parse: (answer: Buffer) => answer },
        });
        if (said !== undefined && said.length > 0) throw new ProblemError(refusedToken);
      },
    }),
  };
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
