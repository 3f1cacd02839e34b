/**
 * npm and npx do not hand a SIGTERM on: they die and leave what they started behind. So whoever was started by them looks after
 * its parent, and ends itself as if it had been told to.
 */
const pollMs = 500;

/** Sends SIGTERM to this process, whose handlers do the rest, once its parent is gone. */
export function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, pollMs);
  timer.unref();
}
