import { err, ok, type Result } from '@countersign/core/result.ts';

const timeoutMs = 5000;
const maxBytes = 1024 * 1024;

/**
 * One JSON document of an identity provider. The error is a snake_case reason. Redirects are not followed: keys come from
 * where the configuration says.
 */
export async function fetchJson(url: string, signal: AbortSignal): Promise<Result<unknown, string>> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return err(`http_status_${response.status}`);
    }
    const body = await readBounded(response);
    if (body === undefined) return err('document_too_large');
    const document: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return ok(document);
  } catch (error) {
    if (error instanceof SyntaxError) return err('document_not_json');
    return err(error instanceof DOMException && error.name === 'TimeoutError' ? 'timeout' : 'unreachable');
  }
}

/** undefined: it is larger than any document that we ask for. */
export async function readBounded(response: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
