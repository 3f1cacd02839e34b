import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { batchScorer } from './identity/people.ts';
import { audience, createProvider } from './identity/provider.ts';
import { serveSignIn } from './identity/sign-in.ts';
import { closeServer, listenOnLoopback } from './loopback-server.ts';

export interface IdentityProvider {
  /** `http://127.0.0.1:PORT`, exactly as in `iss`. */
  readonly issuer: string;
  readonly audience: string;
  /** The service account. Its secret lives as long as this provider. */
  readonly batch: { readonly clientId: string; readonly clientSecret: string };
  close(): Promise<void>;
}

/** Starts the demo's OpenID provider on loopback. Port 0 or none: a free one. */
export async function startIdentityProvider(options: { readonly port?: number } = {}): Promise<IdentityProvider> {
  // The issuer is part of every token, so the port has to be known before the provider is made.
  let provider: Provider | undefined;
  const server = createServer((request, response) => {
    if (provider === undefined) response.writeHead(503).end();
    else serve(provider, request, response);
  });
  const issuer = await listenOnLoopback(server, options.port ?? 0);
  const clientSecret = randomBytes(32).toString('base64url');
  provider = createProvider(issuer, clientSecret);
  return {
    issuer,
    audience,
    batch: { clientId: batchScorer.clientId, clientSecret },
    close: () => closeServer(server),
  };
}

function serve(provider: Provider, request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '/';
  if (path.startsWith('/sign-in/')) {
    serveSignIn(provider, request, response).catch(() => refuse(response, 'this sign-in is unknown or over'));
  } else if (path.startsWith('/signed-in')) {
    response.setHeader('content-type', 'text/plain; charset=utf-8').end('Signed in. The code is in the address.\n');
  } else {
    provider.callback()(request, response);
  }
}

function refuse(response: ServerResponse, message: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}
