import type { BodyKind } from '../body/body-kind.ts';
import type { ReadApi } from '../policy/policy.ts';
import type { Session } from './session.ts';

/** How the request of a session is read: the same for its facts, its masking, its copy and its preview. */
export const requestKind = ({ request, target }: Session, api: ReadApi): BodyKind => ({
  api,
  direction: 'request',
  contentType: request?.contentType ?? '',
  path: target?.path ?? '',
  ...(request?.jsonBytes === undefined ? {} : { jsonBytes: request.jsonBytes }),
});
