import type { Report } from './finding.ts';
import { at, type JsonObject } from './json.ts';

/** ALLOW is 0 and the default; REJECT_REQUEST and DROP_HEADER may be written as 1 and 2. */
const soundActions: readonly unknown[] = ['REJECT_REQUEST', 'DROP_HEADER', 1, 2];

export function auditHeaderNames(manager: JsonObject, report: Report): void {
  if (soundActions.includes(at(manager, 'common_http_protocol_options', 'headers_with_underscores_action'))) return;
  report(
    'underscores_allowed',
    'header names with underscores pass: a model server that reads x_user as x-user takes what callers write for what we set',
    'set common_http_protocol_options.headers_with_underscores_action: DROP_HEADER',
  );
}
