import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { id, verifyMessage } from 'ethers';
import { close, listen } from '../../devnet/local-server.ts';

/** What one builder demands and how it answers, written from its document rather than from our client. */
export interface House {
  readonly signature: 'required' | 'ignored';
  readonly uuidField: string;
  readonly cancels: 'byMethod' | 'byEmptyBundle';
  /** Of what it answers to a bundle that it keeps. */
  readonly says: (hash: string) => unknown;
}

const HASH = `0x${'7b'.repeat(32)}`;

// biome-ignore format: a table reads best with one row a line.
export const HOUSES = {
  buildernet:  { signature: 'required', uuidField: 'replacementUuid', cancels: 'byEmptyBundle', says: (bundleHash) => ({ bundleHash, receivedTimestampMs: 1 }) },
  titan:       { signature: 'ignored',  uuidField: 'replacementUuid', cancels: 'byMethod',      says: (bundleHash) => ({ bundleHash }) },
  beaverbuild: { signature: 'ignored',  uuidField: 'uuid',            cancels: 'byEmptyBundle', says: (bundleHash) => bundleHash },
  rsync:       { signature: 'required', uuidField: 'replacementUuid', cancels: 'byMethod',      says: () => null },
  quasar:      { signature: 'ignored',  uuidField: 'uuid',            cancels: 'byMethod',      says: () => 200 },
} as const satisfies Readonly<Record<string, House>>;

/** What may go wrong with one request; `lost` is taken and then not answered. */
export type Mishap = 'down' | 'slow' | 'garbage' | '429' | '500' | 'lost';

export interface HouseOptions {
  /** Asked for each request. */
  readonly mishap?: () => Mishap | undefined;
  /** Told of each bundle that arrives, before anything else happens to it. */
  readonly arrived?: (transactions: readonly string[]) => void;
}

export interface KeptBundle {
  readonly txs: readonly string[];
  readonly blockNumber: string;
  readonly [field: string]: unknown;
}

export interface DialectBuilder {
  readonly url: string;
  /** By the uuid under which they stand. */
  readonly standing: ReadonlyMap<string, KeptBundle>;
  readonly signers: readonly (string | undefined)[];
  stop(): Promise<void>;
}

/** A builder that keeps what it is sent under its uuid, and refuses what its own document does not describe. */
export async function startDialectBuilder(
  { signature, uuidField, cancels, says }: House,
  { mishap = () => undefined, arrived = () => undefined }: HouseOptions = {},
): Promise<DialectBuilder> {
  const standing = new Map<string, KeptBundle>();
  const signers: (string | undefined)[] = [];
  const serve = (method: string, params: KeptBundle): unknown => {
    const uuid = params[uuidField];
    if (typeof uuid !== 'string') throw new Error(`missing ${uuidField}`);
    const withdraws = method === 'eth_cancelBundle' || params.txs.length === 0;
    if (withdraws && (method === 'eth_cancelBundle') !== (cancels === 'byMethod'))
      throw new Error(`unknown way to cancel`);
    if (withdraws) return standing.delete(uuid) ? 200 : null;
    if (!/^0x[1-9a-f][0-9a-f]*$/.test(params.blockNumber)) throw new Error('block param must be a hex int');
    standing.set(uuid, params);
    return says(HASH);
  };
  const answer = (request: IncomingMessage, body: string): string => {
    const { method, params } = JSON.parse(body);
    if (params[0].txs?.length > 0) arrived(params[0].txs);
    const signer = signerOf(request.headers['x-flashbots-signature'], body);
    signers.push(signer);
    if (signature === 'required' && signer === undefined) throw new Error('no valid signature');
    return JSON.stringify({ jsonrpc: '2.0', id: 1, result: serve(method, params[0]) });
  };
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    const wrong = mishap();
    if (wrong === 'down') return void request.socket.destroy();
    if (wrong === 'slow') return;
    if (wrong === 'garbage') return void response.end('{"result":');
    if (wrong === '429' || wrong === '500') return void response.writeHead(Number(wrong)).end('no');
    try {
      const text = answer(request, body);
      if (wrong === 'lost') request.socket.destroy();
      else response.end(text);
    } catch (error) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: { code: -32602, message: String(error) } }));
    }
  });
  const { url } = await listen(server);
  return { url, standing, signers, stop: () => close(server) };
}

/** Who signed; `undefined` for nobody, or for a signature over other bytes. */
function signerOf(header: string | string[] | undefined, body: string): string | undefined {
  const [address, signature] = String(header ?? '').split(':');
  if (!address || !signature) return undefined;
  return verifyMessage(id(body), signature) === address ? address : undefined;
}
