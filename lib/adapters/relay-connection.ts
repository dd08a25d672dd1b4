import { setTimeout as sleep } from 'node:timers/promises';
import { FetchRequest, type GetUrlResponse, toUtf8Bytes } from 'ethers';
import * as v from 'valibot';
import { type HttpAnswer, type HttpPoster, httpPoster } from './http-post.ts';

/**
 * The connection that `@flashbots/ethers-provider-bundle` sends through. Bare, that package waits on silent
 * relays for minutes, throws a TypeError on `result: null`, takes a bare hash for success and loses the text
 * of `error: "…"`. Through this, every exchange ends within `timeoutMs`, retries included, and whatever the
 * relay said becomes either a result of the expected shape or a JSON-RPC error whose message says what came.
 *
 * @param resultSchema what `result` must be; its output is what the package sees.
 */
export function relayConnection(
  url: string,
  timeoutMs: number,
  resultSchema: v.GenericSchema<unknown, unknown>,
  { poster = httpPoster(url), retryForMs = timeoutMs }: Patience = {},
): FetchRequest {
  const connection = new FetchRequest(url);
  connection.timeout = timeoutMs;
  connection.getUrlFunc = async (request) => {
    const answer = await patiently(poster, request, timeoutMs, retryForMs);
    return asResponse(typeof answer === 'string' ? failure(answer) : jsonRpcOf(answer, resultSchema));
  };
  return connection;
}

export interface Patience {
  /** Shared where several connections go to one relay; default: one of its own. */
  readonly poster?: HttpPoster;
  /** For how long a busy relay is asked again; default: as long as `timeoutMs`. */
  readonly retryForMs?: number;
}

/** A JSON-RPC error code for what never was a JSON-RPC answer; see EIP-1474 `-32000` and above. */
export const NO_ANSWER_CODE = -32000;

interface JsonRpcAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

const BUSY: ReadonlySet<number> = new Set([429, 503]);
const FIRST_PAUSE_MS = 50;

/** Asks again while the relay says that it is busy and there is time; a text says why there is no answer. */
async function patiently(
  poster: HttpPoster,
  { headers, body }: FetchRequest,
  timeoutMs: number,
  retryForMs: number,
): Promise<HttpAnswer | string> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const endsAt = performance.now() + Math.min(timeoutMs, retryForMs);
  const text = new TextDecoder().decode(body ?? new Uint8Array());
  try {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await poster.post(headers, text, deadline);
      if (!BUSY.has(answer.status)) return answer;
      const pauseMs = retryAfterMs(answer) ?? FIRST_PAUSE_MS * 2 ** attempt;
      if (performance.now() + pauseMs >= endsAt) return answer;
      await sleep(pauseMs, undefined, { signal: deadline });
    }
  } catch (error) {
    return deadline.aborted ? `no answer within ${timeoutMs} ms` : `not reachable: ${reasonOf(error)}`;
  }
}

/** RFC 9110 `Retry-After` in seconds; its date form is not worth a wait within one slot. */
function retryAfterMs({ headers }: HttpAnswer): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** Node says `connect ECONNREFUSED 127.0.0.1:1`, and for several addresses nothing but the code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : error.name;
  return error.message === '' ? code : error.message;
}

function jsonRpcOf(
  { status, body }: HttpAnswer,
  resultSchema: v.GenericSchema<unknown, unknown>,
): JsonRpcAnswer {
  const parsed = parseJson(body);
  const error = errorOf(parsed);
  if (error !== undefined) return { error: { ...error, message: withStatus(status, error.message) } };
  if (status < 200 || status > 299) return failure(withStatus(status, excerpt(body)));
  if (parsed === undefined) return failure(`not JSON: ${excerpt(body)}`);
  if (typeof parsed !== 'object' || parsed === null || !('result' in parsed)) {
    return failure(`neither result nor error: ${excerpt(body)}`);
  }
  const result = v.safeParse(resultSchema, parsed.result);
  if (result.success) return { result: result.output };

  const [{ message }] = result.issues;
  const path = v.getDotPath(result.issues[0]);
  const where = path === null ? '' : ` (${path}: ${message})`;
  return failure(`unknown result ${excerpt(JSON.stringify(parsed.result))}${where}`);
}

const withStatus = (status: number, text: string): string =>
  status >= 200 && status <= 299 ? text : `HTTP ${status}: ${text}`;

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const errorSchema = v.object({
  error: v.union([
    v.pipe(
      v.string(),
      v.transform((message) => ({ code: NO_ANSWER_CODE, message })),
    ),
    v.object({ code: v.optional(v.number(), NO_ANSWER_CODE), message: v.string() }),
  ]),
});

const errorOf = (parsed: unknown): { code: number; message: string } | undefined => {
  const answer = v.safeParse(errorSchema, parsed);
  return answer.success ? answer.output.error : undefined;
};

const failure = (message: string): JsonRpcAnswer => ({ error: { code: NO_ANSWER_CODE, message } });

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return '(empty body)';
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

const asResponse = (answer: JsonRpcAnswer): GetUrlResponse => ({
  statusCode: 200,
  statusMessage: 'OK',
  headers: { 'content-type': 'application/json' },
  body: toUtf8Bytes(JSON.stringify(answer)),
});
