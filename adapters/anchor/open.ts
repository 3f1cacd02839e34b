import type { AnchorConfig } from '@countersign/core/policy/config.ts';
import type { Anchor } from '@countersign/core/ports.ts';
import { systemTimers } from '../process/system.ts';
import { createFolderAnchor } from './folder.ts';
import { AnchorKeeper, type KeeperOptions } from './keeper.ts';
import { createTimestampAnchor } from './timestamp.ts';

/** What `ledger.anchor` asks for; undefined when it is absent. @throws when the certificates of the authority cannot be read */
export async function openAnchors(
  config: AnchorConfig | undefined,
  { onSent, log }: Pick<KeeperOptions, 'onSent' | 'log'>,
): Promise<AnchorKeeper | undefined> {
  if (config === undefined) return undefined;
  const folder = createFolderAnchor(config.directory);
  const anchors: readonly Anchor[] = config.timestamp
    ? [folder, await createTimestampAnchor({ ...config.timestamp, directory: config.directory })]
    : [folder];
  return new AnchorKeeper({ anchors, everyMs: config.everyMs, timers: systemTimers, onSent, log });
}
