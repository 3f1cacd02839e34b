import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordDraft } from '@countersign/core/ledger/record.ts';
import { ok } from '@countersign/core/result.ts';
import { initialStatus, type SinkStatus } from '../kafka/status.ts';
import { recordDrift } from './record-drift.ts';

const compacted = { topic: 'countersign.events.v1', setting: 'cleanup.policy', expected: 'delete', actual: 'compact' };

const connected = (drift: SinkStatus['drift']): SinkStatus => ({ ...initialStatus, state: 'connected', drift });

function told(statuses: readonly SinkStatus[]): readonly unknown[] {
  const written: RecordDraft[] = [];
  const append = (drafts: readonly RecordDraft[]) => {
    written.push(...drafts);
    return Promise.resolve(ok([]));
  };
  const tell = recordDrift({ append }, { now: () => 0 });
  for (const status of statuses) tell(status);
  return written.map(({ data }) => data['drift']);
}

test('drift is recorded when it is seen and when it is gone, not with every status', () => {
  assert.deepEqual(told([connected([compacted]), connected([{ ...compacted }]), connected([]), connected([])]), [
    [compacted],
    [],
  ]);
});

test('topics that are as they should be are no news, and neither is a cluster that is away', () => {
  assert.deepEqual(told([connected([]), initialStatus]), []);
  const why = { reason: 'broker_unreachable', detail: '', attempts: 1 } as const;
  const away: SinkStatus = { ...initialStatus, state: 'retrying', ...why };
  assert.deepEqual(told([connected([compacted]), away, connected([compacted])]), [[compacted]]);
});
