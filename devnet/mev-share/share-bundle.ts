import { concat, keccak256 } from 'ethers';
import * as v from 'valibot';
import type { Hex } from '../../lib/hex.ts';
import { executionRefusal, type Refusal } from '../builder/refusal.ts';
import { decodeTransaction, type SignedTransaction } from '../builder/transaction.ts';

/** A bundle of `mev_sendBundle`, its nested bundles laid out in order. */
export interface ShareBundle {
  /** First and last block that it may be in. */
  readonly block: number;
  readonly maxBlock: number;
  /** The event whose transactions come first; `undefined` where all are the sender's own. */
  readonly behind: Hex | undefined;
  readonly transactions: readonly SharedTransaction[];
  /** What its sender discloses of it; empty for a bundle that is nobody's business. */
  readonly hints: readonly string[];
}

export interface SharedTransaction extends SignedTransaction {
  readonly canRevert: boolean;
}

/** flashbots/mev-share-node mevshare/constants.go, mevshare/validation.go. */
const MAX_BLOCK_OFFSET = 5;
const MAX_BLOCK_RANGE = 30;
const MAX_BODY = 50;
const MAX_NESTING = 1;
const VERSIONS: readonly unknown[] = ['v0.1', 'beta-1'];

const block = v.pipe(v.string(), v.regex(/^0x[0-9a-f]+$/i), v.transform(Number), v.safeInteger());
const element = v.union([
  v.strictObject({ hash: v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/i), v.toLowerCase()) }),
  v.object({ tx: v.string(), canRevert: v.optional(v.boolean(), false) }),
  v.strictObject({ bundle: v.unknown() }),
]);
const bundleSchema = v.object({
  version: v.optional(v.unknown()),
  inclusion: v.optional(v.unknown()),
  body: v.optional(v.unknown()),
  validity: v.nullish(v.object({ refund: v.nullish(v.array(v.unknown())) })),
  privacy: v.nullish(v.object({ hints: v.nullish(v.array(v.string())) })),
});
const inclusionSchema = v.object({ block, maxBlock: v.nullish(block) });

/** @throws Refusal in the words of the MEV-Share node */
export function parseShareBundle(params: unknown, headNumber: number): ShareBundle {
  const [given] = parse(v.looseTuple([bundleSchema]), params, 'invalid bundle body');
  if (!VERSIONS.includes(given.version)) throw refused('unsupported bundle version');
  const inclusion = inclusionOf(given.inclusion, headNumber);
  const { behind, transactions } = bodyOf(given.body, 0);
  const hints = given.privacy?.hints ?? [];
  if (behind !== undefined) {
    if ((given.validity?.refund?.length ?? 0) > 0) throw refused('invalid bundle constraints');
    if (hints.length > 0) throw refused('invalid bundle privacy');
    // Since October 2025.
    if (transactions.length > 1) throw refused('backrun invalid bundle');
  }
  return { ...inclusion, behind, transactions, hints };
}

/** As the node names it: the one hash, or the hash of all. */
export const shareBundleHash = (hashes: readonly Hex[]): Hex =>
  hashes.length === 1 && hashes[0] !== undefined ? hashes[0] : keccak256(concat(hashes));

function inclusionOf(given: unknown, headNumber: number): Pick<ShareBundle, 'block' | 'maxBlock'> {
  const inclusion = parse(inclusionSchema, given, 'invalid inclusion');
  const maxBlock = inclusion.maxBlock ?? inclusion.block;
  const isInRange = maxBlock >= inclusion.block && maxBlock - inclusion.block <= MAX_BLOCK_RANGE;
  const isAhead = maxBlock > headNumber && inclusion.block <= headNumber + MAX_BLOCK_OFFSET;
  if (!isInRange || !isAhead) throw refused('invalid inclusion');
  return { block: inclusion.block, maxBlock };
}

function bodyOf(given: unknown, depth: number): Pick<ShareBundle, 'behind' | 'transactions'> {
  if (depth > MAX_NESTING) throw refused('bundle too deep');
  const elements = parse(v.array(v.unknown()), given, 'invalid bundle body');
  if (elements.length === 0 || elements.length > MAX_BODY) throw refused('invalid bundle body size');
  const parsed = elements.map((one) => parse(element, one, 'invalid bundle body'));
  const [first, ...others] = parsed;
  const behind = first && 'hash' in first ? first.hash : undefined;
  const isHashMisplaced =
    others.some((one) => 'hash' in one) || (behind && (depth > 0 || others.length === 0));
  if (isHashMisplaced) throw refused('invalid bundle body');
  return { behind, transactions: parsed.flatMap((one) => transactionsOf(one, depth)) };
}

function transactionsOf(one: v.InferOutput<typeof element>, depth: number): readonly SharedTransaction[] {
  if ('hash' in one) return [];
  if ('bundle' in one) {
    const { body } = parse(v.object({ body: v.unknown() }), one.bundle, 'invalid bundle body');
    return bodyOf(body, depth + 1).transactions;
  }
  const transaction = decodeTransaction(one.tx);
  if (transaction === undefined) throw refused('invalid bundle body');
  return [{ ...transaction, canRevert: one.canRevert }];
}

function parse<T>(schema: v.GenericSchema<unknown, T>, given: unknown, refusal: string): T {
  const parsed = v.safeParse(schema, given);
  if (parsed.success) return parsed.output;
  throw refused(refusal);
}

export const refused = (message: string): Refusal => executionRefusal(message);
