import type { Adapter, StoredPayload } from 'oidc-provider';

interface Entry {
  readonly payload: StoredPayload;
  readonly expiresAtMs: number;
}

/** Sessions, codes and grants of one provider, in memory: they are meant to be gone when the demo ends. */
export function createShortLivedStore(nowMs: () => number): (model: string) => Adapter {
  const entries = new Map<string, Entry>();

  const live = (key: string): StoredPayload | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAtMs > nowMs()) return entry.payload;
    entries.delete(key);
    return undefined;
  };
  const sweep = (): void => {
    for (const [key, entry] of entries) if (entry.expiresAtMs <= nowMs()) entries.delete(key);
  };
  const search = (model: string, member: 'uid' | 'userCode', value: string): StoredPayload | undefined => {
    for (const key of entries.keys()) {
      const payload = key.startsWith(`${model}:`) ? live(key) : undefined;
      if (payload?.[member] === value) return payload;
    }
    return undefined;
  };

  return (model) => ({
    async upsert(id, payload, expiresInSeconds) {
      sweep();
      const expiresAtMs = expiresInSeconds === undefined ? Number.POSITIVE_INFINITY : nowMs() + expiresInSeconds * 1000;
      entries.set(`${model}:${id}`, { payload, expiresAtMs });
    },
    find: async (id) => live(`${model}:${id}`),
    findByUid: async (uid) => search(model, 'uid', uid),
    findByUserCode: async (userCode) => search(model, 'userCode', userCode),
    async consume(id) {
      const key = `${model}:${id}`;
      const entry = entries.get(key);
      if (entry === undefined) return;
      // The provider refuses a code that carries this mark, and revokes its grant: a code is good for one exchange.
      entries.set(key, { ...entry, payload: { ...entry.payload, consumed: Math.floor(nowMs() / 1000) } });
    },
    async destroy(id) {
      entries.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const [key, entry] of entries) {
        if (key.startsWith(`${model}:`) && entry.payload.grantId === grantId) entries.delete(key);
      }
    },
  });
}
