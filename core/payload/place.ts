export type PayloadDirection = 'request' | 'response';
/** `copy`: the masked copy, for auditors. `patch`: what turns it back into what was received and what was sent on. */
export const payloadUses = ['copy', 'patch'] as const;
export type PayloadUse = (typeof payloadUses)[number];

export interface PayloadPlace {
  readonly session: string;
  readonly direction: PayloadDirection;
  /** From 0, per session and direction. */
  readonly part: number;
}

/**
 * What a box is bound to beside its ledger, which is in its key: a part that was moved to another session, turned around,
 * renumbered, or given out as the other kind does not open.
 */
export function payloadAad({ session, direction, part }: PayloadPlace, use: PayloadUse): Uint8Array {
  return new TextEncoder().encode(`${session}|${direction}|${part}|${use}`);
}
