/** One line of Envoy's access log, as `envoy/access-log.ts` has it written: the end of one request. */
import { isUlid } from '../ledger-id.ts';
import { isObject } from '../stored-record.ts';
import { epochMsOf } from '../time.ts';

export interface AccessLine {
  /** As authz-service minted it; absent where Envoy answered before it was asked, or before it had answered. */
  readonly session: string | undefined;
  /** What an answer of ours said where Envoy sent nothing on. Of what was sent on, the model might have written it. */
  readonly answered: string | undefined;
  readonly requestId: string | undefined;
  readonly source: string | undefined;
  /** 0: the caller got none. */
  readonly status: number;
  /** Of a gRPC call, whose refusals have the HTTP status 200. */
  readonly grpcStatus: number | undefined;
  readonly endedMs: number;
  /** Envoy's own words for how it ended. */
  readonly details: string;
  readonly flags: readonly string[];
  readonly upstream: string | undefined;
  /** By ext_authz, or by an answer that names a session. */
  readonly refused: boolean;
  /** Whether anything of it left for an upstream. */
  readonly forwarded: boolean;
  /** The caller has the upstream's answer to its end, as far as Envoy knows. */
  readonly whole: boolean;
}

/** `not_an_end`: written while the request lasted, as an Envoy may be told to; it tells nothing that its end does not. */
export type NoAccessLine = 'not_json' | 'other_format' | 'not_an_end';

const none = '-';

export function parseAccessLine(text: string): AccessLine | NoAccessLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return 'not_json';
  }
  if (!isObject(line)) return 'other_format';
  const { time, session, answered, status, grpc_status, details, flags, duration_ms, upstream, type } = line;
  if (type !== undefined && type !== null && type !== 'DownstreamEnd') return 'not_an_end';
  const startedMs = typeof time === 'string' ? epochMsOf(time) : undefined;
  // Without this member nobody could say whether a request has a session: such a line explains nothing.
  const isNamed = session === null || (typeof session === 'string' && isUlid(session));
  if (startedMs === undefined || typeof status !== 'number' || !isNamed) return 'other_format';
  const answering = typeof answered === 'string' && isUlid(answered) ? answered : undefined;
  const forwarded = wasForwarded(line['upstream_bytes_sent'], upstream);
  const said = typeof details === 'string' ? details : '';
  const flagged = typeof flags === 'string' && flags !== none ? flags.split(',') : [];
  return {
    session: typeof session === 'string' ? session : undefined,
    answered: forwarded ? undefined : answering,
    requestId: textOf(line['request_id']),
    source: textOf(line['source']),
    status,
    grpcStatus: typeof grpc_status === 'number' ? grpc_status : undefined,
    endedMs: startedMs + (typeof duration_ms === 'number' ? duration_ms : 0),
    details: said,
    flags: flagged,
    upstream: textOf(upstream),
    refused: !forwarded && (answering !== undefined || flagged.includes('UAEX')),
    forwarded,
    whole: said === 'via_upstream' && flagged.length === 0,
  };
}

/** In doubt it was: a call that is taken for one that no model saw would hide that its record is missing. */
function wasForwarded(bytesSent: unknown, upstream: unknown): boolean {
  return typeof bytesSent === 'number' ? bytesSent > 0 : typeof upstream === 'string';
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== none ? value : undefined;
