import { type FSWatcher, watch } from 'node:fs';

export interface DirectoryWatch {
  close(): void;
}

/**
 * Calls `onQuiet` once things have been still for `debounceMs` after a change, and every `pollMs` whatever happened.
 * Directories, never files: a file's watch follows the old inode when a ConfigMap swaps its link, and hears nothing again.
 */
export function watchDirectories(
  directories: readonly string[],
  options: { readonly debounceMs: number; readonly pollMs: number },
  onQuiet: () => void,
): DirectoryWatch {
  let watchers: readonly FSWatcher[] = [];
  let debounce: NodeJS.Timeout | undefined;

  const changed = () => {
    clearTimeout(debounce);
    debounce = setTimeout(onQuiet, options.debounceMs).unref();
  };
  const disarm = () => {
    for (const watcher of watchers) watcher.close();
  };
  // Armed anew with each poll: a directory that was replaced has another inode, and its old watch is deaf.
  const arm = () => {
    disarm();
    watchers = directories.flatMap((directory) => tryWatch(directory, changed));
  };

  arm();
  const poll = setInterval(() => {
    arm();
    onQuiet();
  }, options.pollMs).unref();
  return {
    close: () => {
      clearTimeout(debounce);
      clearInterval(poll);
      disarm();
    },
  };
}

/** No watch (the directory is gone, the system has no more of them) leaves the poll. */
function tryWatch(directory: string, changed: () => void): readonly FSWatcher[] {
  try {
    return [watch(directory, { persistent: false }, changed).on('error', changed)];
  } catch {
    return [];
  }
}
