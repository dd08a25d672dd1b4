import { readFileSync } from 'node:fs';
import { AbiCoder, concat, id, keccak256, Wallet } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { relaySimulator, type Simulator } from '../../lib/adapters/simulator.ts';
import type { Bundle } from '../../lib/domain.ts';
import { executorInterface } from '../../lib/executor.ts';
import type { Hex } from '../../lib/hex.ts';
import { account, type BuilderLab, GWEI, startBuilderLab } from '../support/builder-lab.ts';
import { type FaultyRelay, faultyRelay, type RelayFault } from '../support/faulty-relay.ts';

const identity = Wallet.createRandom();

const simulatorAt = (url: string, timeoutMs = 2_000): Simulator =>
  relaySimulator({ url, identity, timeoutMs });

describe('a bundle simulated by a builder', () => {
  let lab: BuilderLab;
  beforeAll(async () => {
    lab = await startBuilderLab();
  });
  afterAll(() => lab.stop());

  const bundle = async (...rawTransactions: readonly Hex[]): Promise<Bundle> => {
    const { number, timestampSeconds } = await lab.builder.head();
    return bundleOf(rawTransactions, number + 1, timestampSeconds + 12);
  };

  it('gains what its block then gains, transaction by transaction', async () => {
    const sent = await bundle(await lab.announce(), await lab.take(2, GWEI));
    const simulation = await simulatorAt(lab.builder.url).simulate(sent);
    await lab.searcher().send(sent.rawTransactions);
    const [lot] = (await lab.builder.buildBlock()).included;
    const own = simulation.ok ? simulation.own : [];
    expect(own).toHaveLength(2);
    expect(own.reduce((sum, { gasUsed }) => sum + gasUsed, 0n)).toBe(lot?.gasUsed);
    expect(own.reduce((sum, { coinbaseDiffWei }) => sum + coinbaseDiffWei, 0n)).toBe(lot?.coinbaseDiffWei);
  });

  it('is told which transaction reverted', async () => {
    const raws = [await lab.announce(), await lab.take(2, GWEI), await lab.take(3, GWEI)];
    const ours = { ...(await bundle(...raws)), ownTransactionHashes: [keccak256(raws[2] ?? '')] };
    const simulation = await simulatorAt(lab.builder.url).simulate(ours);
    expect(simulation).toEqual({
      ok: false,
      reason: 'simulationReverted',
      detail: expect.stringContaining(`transaction 3 of 3 (${keccak256(raws[2] ?? '')}): execution reverted`),
    });
  });

  it('that cannot be in a block at all is as good as reverted', async () => {
    const used = await lab.take(2, GWEI, { nonce: 0 });
    expect(await simulatorAt(lab.builder.url).simulate(await bundle(await lab.announce(), used))).toEqual({
      ok: false,
      reason: 'simulationReverted',
      detail: `err: nonce too low: address ${account(2).address}, tx: 0 state: 1; txhash ${keccak256(used)}`,
    });
  });

  it('for a block that is already there is not a verdict on the bundle', async () => {
    const { target, ...rest } = await bundle(await lab.announce());
    const late = { ...rest, target: { ...target, number: target.number - 1 } };
    expect(await simulatorAt(lab.builder.url).simulate(late)).toMatchObject({
      reason: 'simulationUnavailable',
      detail: expect.stringContaining('cannot be built on block'),
    });
  });
});

describe('a simulation without a usable answer', () => {
  let relay: FaultyRelay;
  afterEach(() => relay.stop());

  it.each<[RelayFault, string]>([
    ['down', 'not reachable: connect ECONNREFUSED'],
    ['slow', 'no answer within 200 ms'],
    ['429', 'HTTP 429: rate limited'],
    ['html', 'not JSON: <html>'],
    ['null', 'unknown result null'],
    ['ok200', 'unknown result 200'],
    ['shortHash', 'unknown result {"bundleHash":"0x12"} (bundleGasPrice:'],
    ['errorString', 'bundle rejected by policy'],
  ])('because the relay is %s is unavailable', async (mode, detail) => {
    relay = await faultyRelay({ mode });
    expect(await simulatorAt(relay.url, 200).simulate(bundleOf([RAW], 2, 12))).toEqual({
      ok: false,
      reason: 'simulationUnavailable',
      detail: expect.stringContaining(detail),
    });
  });
});

/** A captured answer of the real relay: 1 of 3 transactions succeeded, and carries `"error": ""`. */
const [captured] = JSON.parse(
  readFileSync(new URL('../vectors/eth_callBundle_response.json', import.meta.url), 'utf8'),
);

it('a captured answer has the identities that ours has', () => {
  const hashes = captured.results.map(({ txHash }: { txHash: string }) => txHash);
  expect(keccak256(concat(hashes))).toBe(captured.bundleHash);
  expect(String(BigInt(captured.coinbaseDiff) / BigInt(captured.totalGasUsed))).toBe(captured.bundleGasPrice);
});

describe('an answer of the real relay', () => {
  let relay: FaultyRelay;
  afterEach(() => relay.stop());

  /** Ours is the second of the captured ones. */
  const simulated = async (result: unknown, ownTransactionHashes = [captured.results[1].txHash]) => {
    relay = await faultyRelay({ mode: 'null', times: 0, result });
    return simulatorAt(relay.url).simulate({ ...bundleOf([RAW], 2, 12), ownTransactionHashes });
  };

  it('whose first transaction ran out of gas is reverted', async () => {
    expect(await simulated(captured)).toEqual({
      ok: false,
      reason: 'simulationReverted',
      detail: `transaction 1 of 3 (${captured.results[0].txHash}): out of gas`,
    });
  });

  it('with nothing but empty errors is none', async () => {
    const results = [captured.results[1]];
    expect(await simulated({ ...captured, results })).toEqual({
      ok: true,
      own: [{ gasUsed: 171_993n, coinbaseDiffWei: 17_199_300_000_000n }],
    });
  });

  it('may give gas as hex or text, and errors as null', async () => {
    const { error: _error, ...bare } = captured.results[2];
    const results = [
      { ...captured.results[1], gasUsed: '0x5208', error: null, revert: null },
      { ...bare, gasUsed: '1000' },
    ];
    const hashes = results.map(({ txHash }) => txHash);
    expect(await simulated({ ...captured, results }, hashes)).toMatchObject({
      ok: true,
      own: [{ gasUsed: 21_000n }, { gasUsed: 1_000n }],
    });
  });

  it('whose second one of ours reverted is none: that one may, the first may not', async () => {
    const [good, bad] = [captured.results[1], captured.results[2]];
    const results = [good, bad];
    expect(await simulated({ ...captured, results }, [good.txHash, bad.txHash])).toMatchObject({
      ok: true,
      own: [{ gasUsed: 171_993n }, { gasUsed: 35_872n }],
    });
    expect(await simulated({ ...captured, results }, [bad.txHash, good.txHash])).toMatchObject({ ok: false });
  });

  it('without one of ours is no answer', async () => {
    const results = [captured.results[1]];
    expect(await simulated({ ...captured, results }, [captured.results[1].txHash, id('ours')])).toMatchObject(
      {
        reason: 'simulationUnavailable',
        detail: 'the answer lacks 1 of our transactions',
      },
    );
  });

  it.each([
    ['as geth mangles it', mangled(reverted('ProfitTooLow', [5n, 7n])), 'ProfitTooLow'],
    ['without arguments', mangled(reverted('NotOwner', [])), 'NotOwner'],
    ['that happens to be text', mangled(reverted('NotOperator', [])), 'NotOperator()'],
    ['as hex', reverted('ProfitTooLow', [5n, 7n]), 'ProfitTooLow(profitWei 5, minProfitWei 7)'],
    [
      'around another',
      reverted('NothingLiquidated', [reverted('CallFailed', [Wallet.createRandom().address])]),
      /^execution reverted: NothingLiquidated\(reason CallFailed\(target 0x[0-9a-fA-F]{40}\)\)$/,
    ],
    ['of Solidity as text', mangled(errorString('health factor not below 1')), 'health factor not below 1'],
    ['of Solidity as hex', errorString('health factor not below 1'), 'health factor not below 1'],
    ['already decoded', 'UniswapV2: K', 'UniswapV2: K'],
    ['of a contract that we do not know', '0x12345678', '0x12345678'],
    ['cut short', reverted('ProfitTooLow', [5n, 7n]).slice(0, 20), /0x[0-9a-f]{18}$/],
  ])('names the reason %s', async (_, revert, reason) => {
    const results = [{ ...captured.results[1], error: 'execution reverted', revert }];
    const simulation = await simulated({ ...captured, results });
    const detail = simulation.ok ? '' : simulation.detail.replace(/^.*?: /, '');
    if (typeof reason === 'string') expect(detail).toBe(`execution reverted: ${reason}`);
    else expect(detail).toMatch(reason);
  });

  it('that lost the reason says that it reverted', async () => {
    const results = [{ ...captured.results[1], error: 'execution reverted', revert: '\0\0\0' }];
    expect(await simulated({ ...captured, results })).toMatchObject({
      reason: 'simulationReverted',
      detail: expect.stringMatching(/: execution reverted$/),
    });
  });
});

function bundleOf(rawTransactions: readonly Hex[], number: number, timestampSeconds: number): Bundle {
  return {
    updateId: id('update'),
    target: { number, timestampSeconds, baseFeeWei: GWEI },
    rawTransactions,
    ownTransactionHashes: rawTransactions.map((raw) => keccak256(raw)),
    replacementUuid: '00000000-0000-8000-8000-000000000000',
  };
}

const RAW = await Wallet.createRandom().signTransaction({
  ...{ type: 2, chainId: 1, nonce: 0, to: identity.address, gasLimit: 21_000n },
  ...{ maxFeePerGas: GWEI, maxPriorityFeePerGas: 0n },
});

function reverted(name: string, args: readonly unknown[]): Hex {
  return executorInterface.encodeErrorResult(name, args);
}

function errorString(text: string): Hex {
  return concat(['0x08c379a0', AbiCoder.defaultAbiCoder().encode(['string'], [text])]);
}

/** Go's `string(bytes)` in JSON: every byte that is not UTF-8 becomes U+FFFD. */
function mangled(data: Hex): string {
  const bytes = Buffer.from(data.slice(2), 'hex');
  return bytes.toString('utf8');
}
