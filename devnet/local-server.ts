import type { IncomingMessage, Server } from 'node:http';
import { ConfigError } from '../lib/errors.ts';

/** Starts listening on a free port of this machine only, and says where. */
export async function listen(server: Server): Promise<{ readonly host: string; readonly url: string }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new ConfigError('A local server did not get a TCP port: check that 127.0.0.1 can be listened on.');
  }
  const host = `127.0.0.1:${address.port}`;
  return { host, url: `http://${host}` };
}

/** Stops listening and drops the connections that clients keep alive. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
