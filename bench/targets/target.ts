/** What is measured: an Envoy with what stands behind it, all of it processes of their own. */
export const parts = ['envoy', 'authz', 'proc'] as const;
export type Part = (typeof parts)[number];

export interface Target {
  readonly name: string;
  readonly port: number;
  /** Callers of `ours` prove who they are; the others do not look. */
  readonly token: string;
  /** Whether the answers that come through it are masked. */
  readonly masks: boolean;
  readonly pids: Readonly<Partial<Record<Part, number>>>;
  stop(): Promise<void>;
}
