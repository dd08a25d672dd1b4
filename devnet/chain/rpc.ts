import { ChainError } from '../../lib/errors.ts';

export type Rpc = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/** Several requests in one round trip. The node may run them at the same time; answers come in order. */
export type RpcBatch = (requests: readonly RpcRequest[]) => Promise<readonly unknown[]>;

export type RpcRequest = readonly [method: string, params: readonly unknown[]];

/** The node's own error answer, revert data included. */
export class RpcError extends ChainError {
  readonly code: number;
  readonly data: unknown;

  constructor(
    method: string,
    error: { readonly code: number; readonly message: string; readonly data?: unknown },
  ) {
    super(`${method} was refused by the node: ${error.message} (${error.code})`);
    this.code = error.code;
    this.data = error.data;
  }
}

/** JSON-RPC over HTTP, one request a call. */
export function rpcOf(url: string): Rpc {
  let id = 0;
  return async (method, params = []) => {
    id += 1;
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    return answer(method, await post(url, body));
  };
}

export function rpcBatchOf(url: string): RpcBatch {
  return async (requests) => {
    if (requests.length === 0) return [];
    const body = requests.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params }));
    const responses = await post(url, JSON.stringify(body));
    if (!Array.isArray(responses)) throw malformed('a batch', responses);
    const byId = new Map<unknown, unknown>(responses.map((response) => [response?.id, response]));
    return requests.map(([method], id) => answer(method, byId.get(id)));
  };
}

async function post(url: string, body: string): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return await response.json();
  } catch (cause) {
    throw new ChainError(`${url} does not answer: start the node, or check that it is still running.`, {
      cause,
    });
  }
}

function answer(method: string, response: unknown): unknown {
  if (typeof response !== 'object' || response === null) throw malformed(method, response);
  if ('result' in response) return response.result;
  if ('error' in response && isNodeError(response.error)) throw new RpcError(method, response.error);
  throw malformed(method, response);
}

function isNodeError(error: unknown): error is { code: number; message: string; data?: unknown } {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}

function malformed(method: string, response: unknown): ChainError {
  return new ChainError(
    `The answer to ${method} is not JSON-RPC: ${JSON.stringify(response)?.slice(0, 200)}`,
  );
}
