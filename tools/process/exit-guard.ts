// Cleans up when a process ends, so that a test leaves nothing behind, however it ends.
type Guard = () => void;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
// A process ends only once, so there is one list for the whole module.
const guards = new Set<Guard>();

function runGuards(): void {
  for (const guard of [...guards].reverse()) {
    guards.delete(guard);
    guard();
  }
}

function onSignal(signal: NodeJS.Signals): void {
  // An entry file that handles the signal itself decides when to exit. The exit event then calls the guards.
  if (process.listenerCount(signal) > 1) return;
  runGuards();
  process.removeListener(signal, onSignal);
  process.kill(process.pid, signal);
}

function install(): void {
  process.on("exit", runGuards);
  for (const signal of signals) process.on(signal, onSignal);
}

/**
 * Calls `guard` (synchronous, newest first) when this process exits or is ended by SIGINT, SIGTERM or SIGHUP.
 * The returned function removes the guard.
 */
export function onProcessExit(guard: Guard): () => void {
  if (!process.listeners("exit").includes(runGuards)) install();
  guards.add(guard);
  return () => {
    guards.delete(guard);
  };
}
