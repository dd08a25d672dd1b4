import http from 'node:http';
import https from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** POSTs to one URL over connections that stay open between calls. */
export interface HttpPoster {
  /** Rejects with the socket's error, or with the signal's reason once it is aborted, mid-body included. */
  post(headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<HttpAnswer>;
}

/** The peer closed an idle connection just as we reused it: the request was not read, so it may be sent again. */
class HungUp extends Error {}

/** Connections are kept by host, whoever posts: one that was opened ahead of time serves them all. */
const HTTP = { library: http, agent: new http.Agent({ keepAlive: true }) };
const HTTPS = { library: https, agent: new https.Agent({ keepAlive: true }) };

export function httpPoster(url: string): HttpPoster {
  const target = new URL(url);
  const { library, agent } = transportOf(target);

  const once = (headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const options = { method: 'POST', agent, signal, headers: { ...headers, ...length } };
      const request = library.request(target, options, (response) => {
        readAll(response).then(resolve, reject);
      });
      request.on('error', (error) => {
        reject(request.reusedSocket && !signal.aborted ? new HungUp(error.message) : error);
      });
      request.end(body);
    });

  return {
    async post(headers, body, signal) {
      for (;;) {
        try {
          return await once(headers, body, signal);
        } catch (error) {
          if (!(error instanceof HungUp)) throw error;
        }
      }
    },
  };
}

/** So that the first post need not wait for TCP and TLS. @returns whether the host took the connection */
export function openConnection(url: string, timeoutMs: number): Promise<boolean> {
  const target = new URL(url);
  const { library, agent } = transportOf(target);
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const request = library.request(target, { method: 'HEAD', agent, signal }, (response) => {
      response.on('end', () => resolve(true)).resume();
    });
    request.on('error', () => resolve(false)).end();
  });
}

const transportOf = ({ protocol }: URL) => (protocol === 'https:' ? HTTPS : HTTP);

async function readAll(response: http.IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
