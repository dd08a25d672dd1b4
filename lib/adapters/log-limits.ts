/**
 * How far a node's refusal of `eth_getLogs` says that a request may go. Providers say it in words of their own:
 * some name the range to ask for, some how many blocks they allow, some only that it was too much.
 */
export interface Refused {
  readonly fromBlock: number;
  readonly toBlock: number;
  /** What the node said, or what became of the request. */
  readonly message: string;
}

/** How many blocks to ask for next; `undefined` where asking for less would not help. */
export function narrowerSpan({ fromBlock, toBlock, message }: Refused): number | undefined {
  const asked = toBlock - fromBlock + 1;
  if (asked <= 1 || NOT_ABOUT_SIZE.test(message)) return undefined;
  const named = suggestedEnd(message, fromBlock) ?? allowedSpan(message);
  const fits = named !== undefined && named >= 1 && named < asked;
  return fits ? named : Math.ceil(asked / 2);
}

/** Asked for less, these nodes would say the same. */
const NOT_ABOUT_SIZE =
  /unauthori[sz]ed|forbidden|invalid api key|must be authenticated|method (?:\S+ )?(?:not found|does not exist|is not available|not supported)|daily request|monthly|compute units per second|rate limit|too many requests|invalid address|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|certificate/i;

/** `[0x10, 0x20]`, or `1000-2000`: a range that the node would answer. */
function suggestedEnd(message: string, fromBlock: number): number | undefined {
  const pair = /\[\s*(0x[0-9a-f]+|\d+)\s*,\s*(0x[0-9a-f]+|\d+)\s*\]/i.exec(message) ?? RETRY.exec(message);
  const [from, to] = [Number(pair?.[1]), Number(pair?.[2])];
  return from === fromBlock && to >= from ? to - from + 1 : undefined;
}

const RETRY = /retry with the range (0x[0-9a-f]+|\d+)\s*-\s*(0x[0-9a-f]+|\d+)/i;

/** `limited to a 10,000 range`, `up to a 2K block range`, `Max range: 800`, `0 - 1000 blocks range`. */
function allowedSpan(message: string): number | undefined {
  for (const pattern of ALLOWED) {
    const [, digits, kilo] = pattern.exec(message) ?? [];
    if (digits !== undefined) return Number(digits.replaceAll(',', '')) * (kilo ? 1_000 : 1);
  }
  return undefined;
}

const ALLOWED: readonly RegExp[] = [
  /limited to (?:a |0 ?- ?)?([\d,]+)()(?: blocks?)? range/i,
  /up to (?:a )?([\d,]+)(k)? block range/i,
  /max(?:imum)?(?: allowed)?(?: block)? range(?: is|:| of)? ?([\d,]+)()/i,
  /(?:block range|range) (?:limit|must be less than|should be less than|is too (?:wide|large)[^\d]{0,40}) ?(?:of )?([\d,]+)()/i,
  /ranges over ([\d,]+)() blocks/i,
  /exceed(?:s|ed)? (?:the )?(?:maximum|max|limit of)(?: block range:?)? ?([\d,]+)() blocks/i,
];
