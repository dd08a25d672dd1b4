import { ChainError } from '../../errors.ts';
import { type Connection, type ConnectionListener, silenceTimer, stayConnected } from './connection.ts';

export interface EventStreamOptions extends ConnectionListener {
  readonly url: string;
  /** The server sends a comment each 15 s; one that says nothing for longer than this is gone. */
  readonly silentAfterMs: number;
  /** What followed `data:`, line by line joined, as the specification has it. Whatever the server sent. */
  readonly onData: (data: string) => void;
}

/** No event that means anything to us comes near to this. */
const MAX_EVENT_CHARACTERS = 4 * 1024 * 1024;

/** Server-sent events for as long as it is not stopped. Source: WHATWG HTML, 9.2 Server-sent events. */
export function openEventStream(options: EventStreamOptions): Connection {
  const { url, silentAfterMs, onData } = options;
  return stayConnected(async (signal, live) => {
    const silent = new AbortController();
    const silence = silenceTimer(silentAfterMs, () => silent.abort(`silent for ${silentAfterMs} ms`));
    try {
      const body = await open(url, AbortSignal.any([signal, silent.signal]));
      live();
      await readEvents(body, silence.heard, onData);
      return 'the server ended the stream';
    } catch (error) {
      if (silent.signal.aborted) return String(silent.signal.reason);
      throw error;
    } finally {
      silence.stop();
    }
  }, options);
}

async function open(url: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(url, { signal, headers: { accept: 'text/event-stream' } });
  const type = response.headers.get('content-type') ?? 'no content type';
  if (response.ok && response.body !== null && type.startsWith('text/event-stream')) return response.body;
  await response.body?.cancel();
  throw new ChainError(`HTTP ${response.status} with ${type}, not an event stream: check the stream's URL.`);
}

async function readEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
  onData: (data: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const take = eventLines(onData);
  let text = '';
  for await (const chunk of body) {
    heard();
    text += decoder.decode(chunk, { stream: true });
    // A lone CR at the end may be half of a CRLF.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    text = lines.pop() ?? '';
    for (const line of lines) take(line);
    if (text.length > MAX_EVENT_CHARACTERS) throw endless();
  }
}

/** Comments, names and ids mean nothing to us. */
function eventLines(onData: (data: string) => void): (line: string) => void {
  let data: string[] = [];
  let size = 0;
  return (line) => {
    if (line.startsWith('data:')) {
      data.push(line.slice(line[5] === ' ' ? 6 : 5));
      size += line.length;
      if (size > MAX_EVENT_CHARACTERS) throw endless();
    }
    if (line !== '' || data.length === 0) return;
    const event = data.join('\n');
    data = [];
    size = 0;
    onData(event);
  };
}

const endless = (): ChainError => new ChainError('An event without an end: check the stream.');
