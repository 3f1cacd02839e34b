import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { people } from './people.ts';

/** One field with one short name; anything longer is not our form. */
const maxFormBytes = 1024;

/** The provider's login step: GET shows one button a person, POST signs that person in. */
export async function serveSignIn(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const interaction = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    response.end(page(interaction.uid));
    return;
  }
  const name = new URLSearchParams(await readForm(request)).get('name') ?? '';
  const result = people.has(name)
    ? { login: { accountId: name } }
    : { error: 'access_denied', error_description: 'nobody of that name is in the demo' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

function page(uid: string): string {
  const buttons = [...people].map(
    ([name, { groups, role }]) =>
      `<p><button name="name" value="${name}">${name}</button> ${groups.join(', ')}: ${role}</p>`,
  );
  return `<!doctype html><meta charset="utf-8"><title>Countersign demo: sign in</title>
<body style="font:16px system-ui;max-width:40rem;margin:4rem auto"><h1>Who are you today?</h1>
<form method="post" action="/sign-in/${encodeURIComponent(uid)}">${buttons.join('\n')}</form>
<p>A demo provider on this machine only: no passwords.</p></body>`;
}

async function readForm(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.byteLength;
    if (bytes > maxFormBytes) throw new Error('the sign-in form is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
