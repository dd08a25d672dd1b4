/** Hears what the racer is sent, and passes new heads on. */
export type HeadListener = (event: unknown) => void;

/**
 * Passes each new head to whoever stores what it changed: one at a time; of those that come meanwhile only the
 * newest matters. Nobody waits for it, and a fault ends with that head.
 */
export function passHeads(
  invoke: (event: unknown) => Promise<unknown>,
  onFault: (what: string) => void,
): HeadListener {
  let newest: unknown;
  let passed: string | undefined;
  let isBusy = false;

  async function passAll(): Promise<void> {
    isBusy = true;
    for (let hash = headHash(newest); hash !== passed; hash = headHash(newest)) {
      passed = hash;
      await invoke(newest).catch((error: unknown) => onFault(String(error)));
    }
    isBusy = false;
  }

  return (event) => {
    if (headHash(event) === undefined) return;
    newest = event;
    if (!isBusy) passAll().catch((error: unknown) => onFault(String(error)));
  };
}

/** Of a `NewHead` alone: updates name a head too. */
function headHash(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || 'seenAtMs' in event || !('head' in event))
    return undefined;
  const { head } = event;
  return typeof head === 'object' && head !== null && 'hash' in head ? String(head.hash) : undefined;
}
