import http from 'node:http';
import https from 'node:https';
import {
  JsonRpcApiProvider,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  Network,
} from 'ethers';
import { ChainError } from '../errors.ts';

export interface RpcOptions {
  /** May carry a key in its path, query or user part: none of them ever reaches a message. */
  readonly rpcUrl: string;
  readonly chainId: number;
  /** From the first byte sent to the last byte received, retries included. */
  readonly timeoutMs: number;
}

/** The node understood the request and said no. Any other failure is a plain ChainError. */
export class NodeRefusal extends ChainError {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/**
 * ethers' provider on a transport of our own: one request each (no stalling to batch), connections kept open
 * between Lambda invocations, one deadline for the whole exchange, and errors that do not quote the URL.
 */
export class RpcProvider extends JsonRpcApiProvider {
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #agent: http.Agent;

  constructor({ rpcUrl, chainId, timeoutMs }: RpcOptions) {
    const network = Network.from(chainId);
    super(network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 });
    this.#url = new URL(rpcUrl);
    this.#timeoutMs = timeoutMs;
    this.#agent = new (this.#url.protocol === 'https:' ? https : http).Agent({
      keepAlive: true,
      maxSockets: 32,
    });
    this._start();
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<(JsonRpcResult | JsonRpcError)[]> {
    const method = Array.isArray(payload) ? 'batch' : payload.method;
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      return parse(await this.#postPatiently(JSON.stringify(payload), deadline));
    } catch (error) {
      throw this.#failure(method, error, deadline.aborted);
    }
  }

  override getRpcError({ method }: JsonRpcPayload, { error }: JsonRpcError): Error {
    const said = this.#redact(String(error.message));
    return new NodeRefusal(`${this.#url.host} refused ${method}: ${said} (code ${error.code})`, error.code);
  }

  override destroy(): void {
    this.#agent.destroy();
    super.destroy();
  }

  /** A node that is merely busy, or whose idle connection has died, is asked again. */
  async #postPatiently(body: string, deadline: AbortSignal): Promise<Answer> {
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      const answer = await this.#post(body, deadline);
      if (answer === 'hungUp') this.#dropIdleConnections();
      else if (BUSY.has(answer.status)) await pause(50 * 2 ** attempt, deadline);
      else return answer;
    }
    const answer = await this.#post(body, deadline);
    if (answer === 'hungUp') throw new Error('the connection was closed again and again');
    return answer;
  }

  /**
   * `hungUp` when a connection from an earlier request fails, or stays silent for a third of the time allowed:
   * a Lambda that was frozen finds connections that nobody told it were gone.
   */
  #post(body: string, signal: AbortSignal): Promise<Answer | 'hungUp'> {
    return new Promise((resolve, reject) => {
      const send = this.#url.protocol === 'https:' ? https.request : http.request;
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = send(this.#url, { method: 'POST', agent: this.#agent, headers, signal });
      const silence = setTimeout(() => {
        if (request.reusedSocket) request.destroy(new Error('silent'));
      }, this.#timeoutMs / 3);
      request.on('close', () => clearTimeout(silence));
      request.on('error', (error) => {
        if (request.reusedSocket && !signal.aborted) resolve('hungUp');
        else reject(error);
      });
      request.on('response', (response) => {
        clearTimeout(silence);
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      request.end(body);
    });
  }

  #dropIdleConnections(): void {
    for (const socket of Object.values(this.#agent.freeSockets).flat()) socket?.destroy();
  }

  #failure(method: string, error: unknown, late: boolean): ChainError {
    const what = late
      ? `no full answer within ${this.#timeoutMs} ms`
      : this.#redact(error instanceof Error ? error.message : String(error));
    return new ChainError(
      `${method} at ${this.#url.host} failed: ${what}. Check that the RPC endpoint is up and its key is valid.`,
    );
  }

  /** Takes every secret part of the URL out of a text that somebody else wrote. */
  #redact(text: string): string {
    const { href, pathname, search, username, password } = this.#url;
    const parts = [href, pathname + search, search, username, password, ...pathname.split('/')];
    return parts.filter((part) => part.length >= 6).reduce((left, part) => left.replaceAll(part, '…'), text);
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const MAX_ATTEMPTS = 4;
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Some nodes send a JSON-RPC error with an HTTP error status: the body decides, where it can be read. */
function parse({ status, body }: Answer): (JsonRpcResult | JsonRpcError)[] {
  const parsed = parseJson(body);
  if (parsed === undefined || parsed === null || typeof parsed !== 'object') {
    throw new Error(`HTTP ${status} with a body that is not JSON-RPC`);
  }
  const answers: (JsonRpcResult | JsonRpcError)[] = Array.isArray(parsed) ? parsed : [parsed];
  if (!answers.every((answer) => 'result' in answer || 'error' in answer)) {
    throw new Error(`HTTP ${status} with neither result nor error`);
  }
  return answers;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('deadline'));
    });
  });
}
