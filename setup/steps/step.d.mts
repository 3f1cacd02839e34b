/** One tool that set-up installs. */
export interface Step {
  /** For people, in the middle of a sentence: "npm packages". */
  readonly name: string;
  /** The folder that is filled: the lock of concurrent set-ups. */
  readonly target: () => string;
  /** Cheap enough to ask before every command: a few milliseconds when all is there. */
  readonly ready: () => boolean;
  /** Installs it; safe to run again after an interruption. Rejects with SetupFailure. */
  readonly install: () => Promise<void>;
  /** Present: the tool is for tests only, and this tells why this machine cannot have it. */
  readonly obstacle?: () => string | undefined;
}
