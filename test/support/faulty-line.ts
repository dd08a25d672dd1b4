import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from './dynamodb.ts';

/** A TCP line to a server, of which one has the wire in one's hand. */
export interface FaultyLine {
  readonly port: number;
  /** Cuts every connection, in the middle of what it says. */
  cut(): void;
  /** From now on nothing comes through, and nobody is told. */
  freeze(): void;
  thaw(): void;
  /** Where new connections go. */
  leadTo(port: number): void;
  stop(): Promise<void>;
}

export async function faultyLine(upstreamPort: number): Promise<FaultyLine> {
  let upstream = upstreamPort;
  let isFrozen = false;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const target = connect(upstream, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // The other end notices by the close that follows.
      socket.on('error', () => socket.destroy());
    }
    client.on('data', (chunk) => isFrozen || target.write(chunk));
    target.on('data', (chunk) => isFrozen || client.write(chunk));
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function cut(): void {
    for (const socket of sockets) {
      // Half of a frame: a header that promises more than comes.
      socket.write(Buffer.from([0x81, 0x7e, 0x10, 0x00, 0x7b]), () => socket.destroy());
    }
  }

  return {
    port: portOf(server),
    cut,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
    },
    leadTo(port) {
      upstream = port;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
