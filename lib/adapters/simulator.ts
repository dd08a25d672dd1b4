import type { Signer } from 'ethers';
import * as v from 'valibot';
import type { Bundle, Simulation } from '../domain.ts';
import type { Hex } from '../hex.ts';
import { flashbotsProvider, outcome } from './relay.ts';
import { revertReason } from './revert-reason.ts';

/** Runs the very bytes of a bundle on top of the newest state, as its target block would. */
export interface Simulator {
  /** Never throws: without an answer the simulation is `simulationUnavailable`. */
  simulate(bundle: Bundle): Promise<Simulation>;
}

export interface RelaySimulatorOptions {
  /** May carry a key: it is never part of a detail. */
  readonly url: string;
  readonly identity: Signer;
  /** From the call to the outcome, retries of a busy relay included. */
  readonly timeoutMs: number;
}

/** `eth_callBundle` of a relay. */
export function relaySimulator({ url, identity, timeoutMs }: RelaySimulatorOptions): Simulator {
  const provider = flashbotsProvider(url, identity, timeoutMs, callResult);
  return {
    async simulate({ rawTransactions, ownTransactionHashes, target }) {
      const answer = await outcome(() =>
        provider.simulate([...rawTransactions], target.number, undefined, target.timestampSeconds),
      );
      if ('error' in answer) return refused(answer.error.message);
      const results = v.parse(transactionResults, answer.results);
      const mayRevert = new Set(ownTransactionHashes.slice(1));
      const failed = results.findIndex(
        ({ txHash, error, revert }) =>
          (error !== '' || revert !== '') && !mayRevert.has(txHash.toLowerCase()),
      );
      const failure = results[failed];
      if (failure === undefined) return succeeded(results, ownTransactionHashes);
      const which = `transaction ${failed + 1} of ${results.length} (${failure.txHash})`;
      const detail = `${which}: ${revertReason(failure.error, failure.revert)}`;
      return { ok: false, reason: 'simulationReverted', detail };
    },
  };
}

function succeeded(results: readonly TransactionResult[], ownTransactionHashes: readonly Hex[]): Simulation {
  const own = ownTransactionHashes.flatMap((hash) => {
    const result = results.find(({ txHash }) => txHash.toLowerCase() === hash);
    return result ? [{ gasUsed: BigInt(result.gasUsed), coinbaseDiffWei: BigInt(result.coinbaseDiff) }] : [];
  });
  return own.length === ownTransactionHashes.length
    ? { ok: true, own }
    : refused(`the answer lacks ${ownTransactionHashes.length - own.length} of our transactions`);
}

/** A transaction that cannot be in the block at all: geth's builders answer `err: <why>; txhash <hash>`. */
const INAPPLICABLE = /^(?:HTTP \d+: )?err: .*; txhash 0x/s;

const refused = (message: string): Simulation => ({
  ok: false,
  reason: INAPPLICABLE.test(message) ? 'simulationReverted' : 'simulationUnavailable',
  detail: message,
});

const amount = v.pipe(v.string(), v.regex(/^(-?\d+|0x[0-9a-f]+)$/i, 'is not an amount'));

/** Some relays give gas as hex or decimal text; the package adds whatever is there. */
const gas = v.union([v.number(), v.pipe(amount, v.transform(Number))]);

/** Successful transactions carry `error: ""` on some relays, nothing or null on others. */
const text = v.nullish(v.string(), '');

const transactionResults = v.array(
  v.looseObject({
    txHash: v.string(),
    gasUsed: gas,
    coinbaseDiff: v.nullish(amount, '0'),
    error: text,
    revert: text,
  }),
);
type TransactionResult = v.InferOutput<typeof transactionResults>[number];

const callResult = v.looseObject({
  bundleGasPrice: amount,
  bundleHash: v.string(),
  coinbaseDiff: amount,
  ethSentToCoinbase: amount,
  gasFees: amount,
  results: v.array(v.looseObject({ txHash: v.string(), gasUsed: gas, error: text, revert: text })),
});
