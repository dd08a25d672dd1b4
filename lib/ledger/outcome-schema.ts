import * as v from 'valibot';
import { MISS_REASONS } from './outcome.ts';
import { address, amount, bundle, count, hex, position, subject } from './stored-fields.ts';

const rival = { liquidator: address, transactionHash: hex, block: count, paymentWei: v.optional(amount) };
const rivals = v.array(v.strictObject({ ...position, ...rival }));
const witness = v.strictObject({ block: count, hash: hex });
const outcome = {
  ...bundle,
  witness: v.optional(witness),
  revision: v.optional(count),
  builder: v.optional(v.strictObject({ feeRecipient: address, name: v.optional(v.string()) })),
};
const mined = {
  ...outcome,
  block: count,
  gasUsed: amount,
  effectiveGasPriceWei: amount,
  gasCostWei: amount,
  netProfitWei: amount,
  sameBlock: v.boolean(),
};

const itemResult = v.union([
  v.strictObject({
    ...position,
    profitWei: amount,
    debtToCover: v.optional(amount),
    seizedCollateral: v.optional(amount),
  }),
  v.strictObject({ ...position, failure: hex, rival: v.optional(v.strictObject(rival)) }),
]);

const outcomeState = v.picklist(['included', 'reverted', 'lost', 'expired']);

/** The stored shapes of what became of a bundle. */
export const outcomeSchemas = {
  unknown: v.strictObject({ ...bundle, state: v.literal('unknown'), detail: v.string() }),
  included: v.strictObject({
    ...mined,
    state: v.literal('included'),
    grossProfitWei: amount,
    bidWei: amount,
    items: v.array(itemResult),
  }),
  reverted: v.strictObject({ ...mined, state: v.literal('reverted'), rivals }),
  lost: v.strictObject({ ...outcome, state: v.literal('lost'), rivals }),
  expired: v.strictObject({ ...outcome, state: v.literal('expired') }),
  undone: v.strictObject({
    ...bundle,
    state: v.literal('undone'),
    outcome: outcomeState,
    revision: count,
    witness,
  }),
  missed: v.strictObject({
    ...subject,
    ...position,
    ...rival,
    state: v.literal('missed'),
    reason: v.picklist(MISS_REASONS),
    debtAsset: address,
    collateralAsset: address,
    debtToCover: amount,
    seizedCollateral: amount,
  }),
  settled: v.strictObject({
    ...bundle,
    state: v.literal('settled'),
    outcome: outcomeState,
    block: count,
    blockHash: hex,
    confirmations: count,
  }),
};
