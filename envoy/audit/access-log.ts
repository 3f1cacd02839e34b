import { accessLogFormat } from '../access-log.ts';
import type { Report } from './finding.ts';
import { at, isOn, listAt, objectAt } from './json.ts';

/** What `countersign ledger reconcile` cannot do without: the session, when it ended, how, and whether anything was sent on. */
const needed = ['time', 'session', 'answered', 'status', 'details', 'flags', 'upstream_bytes_sent'] as const;

/** A call that goes around us is missed by nobody but this log. */
export function auditAccessLog(manager: object, report: Report): void {
  const logs = listAt(manager, 'access_log').filter(isOurs);
  if (logs.length === 0) {
    report(
      'no_access_log',
      'no access log names the session of each request: nobody can show that all of them are in the ledgers',
      'add the access log of deploy/envoy.yaml, place (5), beside the one there is',
    );
  } else if (logs.every((log) => isOn(log, 'filter'))) {
    report(
      'access_log_filtered',
      'the access log that names sessions has a filter: what it leaves out cannot be reconciled',
      'remove its filter',
    );
  }
}

function isOurs(log: unknown): boolean {
  const format = objectAt(log, 'typed_config', 'log_format', 'json_format');
  return needed.every((name) => at(format, name) === accessLogFormat[name]);
}
