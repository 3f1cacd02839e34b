/** Who exists in the demo. First names only; nobody has a password, because nothing but loopback ever reaches the provider. */
export interface Person {
  readonly groups: readonly string[];
  /** What the person is there to show. */
  readonly role: string;
}

export const people: ReadonlyMap<string, Person> = new Map([
  ['ana', { groups: ['credit-analysts'], role: 'scores accounts and asks the assistant' }],
  ['rex', { groups: ['model-risk'], role: 'approves what needs a second person' }],
  ['mia', { groups: ['model-risk'], role: 'a second approver' }],
  ['tom', { groups: ['interns'], role: 'signed in, but no rule allows him anything' }],
]);

export const batchScorer = { clientId: 'batch-scorer', groups: ['credit-analysts'] } as const;
