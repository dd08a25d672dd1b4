import * as v from 'valibot';
import { ChainError } from '../../lib/errors.ts';
import type { Hex } from '../../lib/hex.ts';

export interface PendingWatch {
  stop(): Promise<void>;
}

/** Hashes of transactions as a node's pool announces them, re-announced ones again. */
export async function watchPending(wsUrl: string, onHash: (hash: Hex) => void): Promise<PendingWatch> {
  const socket = new WebSocket(wsUrl);
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('error', () =>
      reject(new ChainError(`${wsUrl} cannot be subscribed to: check the node.`)),
    );
    socket.addEventListener('message', ({ data }) => {
      const hash = announcedHash(data);
      if (hash === undefined) resolve();
      else onHash(hash);
    });
    socket.addEventListener('open', () => socket.send(SUBSCRIBE));
  });
  return {
    async stop() {
      socket.close();
      await closed;
    },
  };
}

const SUBSCRIBE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'eth_subscribe',
  params: ['newPendingTransactions'],
});

const announcement = v.object({ params: v.object({ result: v.string() }) });

/** `undefined` for the answer to our own request. */
function announcedHash(data: unknown): Hex | undefined {
  const parsed = v.safeParse(announcement, JSON.parse(String(data)));
  return parsed.success ? parsed.output.params.result : undefined;
}
