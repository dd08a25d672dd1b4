import { readFileSync } from 'node:fs';
import { getAddress, Interface, solidityPacked, toBeHex, ZeroAddress } from 'ethers';
import { array, number, object, parse, string } from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { latestBlock } from '../../devnet/chain/blocks.ts';
import { type Artifacts, compileDevnet } from '../../devnet/chain/compile.ts';
import { readContract } from '../../devnet/chain/read.ts';
import { type Script, startScript } from '../../devnet/chain/script.ts';

let anvil: Anvil;
let own: Artifacts;
let script: Script;

beforeAll(async () => {
  anvil = await startAnvil();
  own = await compileDevnet();
  const [deployer] = parse(array(string()), await anvil.rpc('eth_accounts'));
  script = await startScript(anvil, getAddress(deployer ?? ''));
});
afterAll(() => anvil.stop());

const reportSchema = object({
  calldata: string(),
  decoded: object({
    ...{ configDigest: string(), epoch: number(), round: number(), observationsTimestamp: number() },
    ...{ observers: string(), observations: array(string()), juelsPerFeeCoin: string(), median: string() },
    recoveredSigners: array(string()),
  }),
});

/** ETH/USD on mainnet, 2024-10-25. */
function mainnetReport() {
  const file = new URL('../vectors/chainlink_transmits.json', import.meta.url);
  const [first] = JSON.parse(readFileSync(file, 'utf8'));
  return parse(reportSchema, first);
}

it('accepts a mainnet report as it is, once it has the signers and the digest of that day', async () => {
  const { calldata, decoded } = mainnetReport();
  const abi = new Interface(own.get('Ocr2Aggregator').abi);
  const aggregator = script.deploy(own.get('Ocr2Aggregator'), [1, 10n ** 15n, 8, 'ETH / USD']);
  const others = Array.from({ length: 31 - decoded.recoveredSigners.length }, (_, i) =>
    toBeHex(0xaa00 + i, 20),
  );
  const signers = [...decoded.recoveredSigners, ...others];
  const transmitters = [script.deployer, ...Array.from({ length: 30 }, (_, i) => toBeHex(0xbb00 + i, 20))];
  const onchainConfig = solidityPacked(['uint8', 'int192', 'int192'], [1, 1, 10n ** 15n]);
  script.call(aggregator, abi, 'setConfig', [signers, transmitters, 10, onchainConfig, 2, '0x']);
  await script.mine();
  await anvil.rpc('anvil_setStorageAt', [aggregator, toBeHex(2, 32), decoded.configDigest]);

  const { args } = abi.parseTransaction({ data: calldata }) ?? { args: [] };
  script.call(aggregator, abi, 'transmit', [...args]);
  await script.mine();

  expect((await readContract(anvil, aggregator, abi, 'latestAnswer'))[0]).toBe(BigInt(decoded.median));
  const logs = parse(
    array(object({ topics: array(string()), data: string() })),
    await anvil.rpc('eth_getLogs', [{ address: aggregator, fromBlock: 'latest', toBlock: 'latest' }]),
  );
  // keccak of Chainlink's signatures, as mainnet's explorers show them
  expect(logs.map(({ topics }) => topics[0])).toEqual([
    '0xc797025feeeaf2cd924c99e9205acb8ec04d5cad21c41ce637a38fb6dee6016a',
    '0x0109fc6f55cf40689f02fbaad7af7fe7bbac8a3d2186600afc7d3e10cac60271',
    '0x0559884fd3a460db3073b7fc896cc77986f16e378210ded43186175bf646fc5f',
  ]);
  expect(abi.parseLog(logs[1] ?? { topics: [], data: '0x' })?.args.toObject()).toEqual({
    roundId: 1n,
    startedBy: ZeroAddress,
    startedAt: BigInt(decoded.observationsTimestamp),
  });
  const transmission = abi.parseLog(logs[0] ?? { topics: [], data: '0x' })?.args;
  expect(transmission?.toObject()).toEqual({
    ...{ aggregatorRoundId: 1n, answer: BigInt(decoded.median), transmitter: script.deployer },
    observationsTimestamp: BigInt(decoded.observationsTimestamp),
    observations: decoded.observations.map(BigInt),
    observers: decoded.observers,
    juelsPerFeeCoin: BigInt(decoded.juelsPerFeeCoin),
    configDigest: decoded.configDigest,
    epochAndRound: BigInt(decoded.epoch * 256 + decoded.round),
  });
});

it('caps the ratio of staked ether on a line through its snapshot', async () => {
  const abi = new Interface(own.get('RatioPriceCapAdapter').abi);
  const staked = new Interface(own.get('StakedEther').abi);
  const { timestampSeconds } = await latestBlock(anvil);
  const year = 365 * 86_400;
  const base = script.deploy(own.get('SettablePriceFeed'), [2_000_00000000n]);
  const token = script.deploy(own.get('StakedEther'), [10n ** 18n]);
  // one year ago the ratio was 1; 10 % a year may be added
  const cap = [10n ** 18n, timestampSeconds + 12 - year, 1000];
  const adapter = script.deploy(own.get('RatioPriceCapAdapter'), [base, token, 18, 'stkETH / USD', cap]);
  await script.mine();
  const answer = async () => (await readContract(anvil, adapter, abi, 'latestAnswer'))[0];
  const setRate = async (rate: bigint) => {
    script.call(token, staked, 'setRate', [rate]);
    await script.mine();
  };

  expect(await answer()).toBe(2_000_00000000n);
  await setRate(1_080000000000000000n);
  expect(await answer()).toBe(2_160_00000000n);
  expect((await readContract(anvil, adapter, abi, 'isCapped'))[0]).toBe(false);
  await setRate(1_200000000000000000n);
  // 3170979198376458 scaled wei a second, 24 seconds after the year: 1.100000076103500740, floor
  expect(await answer()).toBe(2_200_00015220n);
  expect((await readContract(anvil, adapter, abi, 'isCapped'))[0]).toBe(true);
  await setRate(0n);
  expect(await answer()).toBe(0n);
  await setRate(10n ** 18n);
  script.call(base, new Interface(own.get('SettablePriceFeed').abi), 'setAnswer', [-1]);
  await script.mine();
  expect(await answer()).toBe(0n);
});

it('counts rounds by the phase of the proxy, and keeps those of earlier phases', async () => {
  const proxyAbi = new Interface(own.get('AggregatorProxy').abi);
  const args = [1, 10n ** 15n, 8, 'ETH / USD'];
  const [first, second] = [1, 2].map(() => script.deploy(own.get('Ocr2Aggregator'), args));
  const proxy = script.deploy(own.get('AggregatorProxy'), [first]);
  script.call(proxy, proxyAbi, 'setAggregator', [second]);
  await script.mine();
  const read = async (method: string, ...values: readonly unknown[]) =>
    (await readContract(anvil, proxy, proxyAbi, method, values))[0];
  expect(await read('phaseId')).toBe(2n);
  expect(await read('aggregator')).toBe(second);
  expect(await read('phaseAggregators', 1)).toBe(first);
  expect(await read('latestRound')).toBe(2n << 64n);
  expect(await read('getRoundData', 1n << 64n)).toBe(1n << 64n);
  const stranger = { to: proxy, data: proxyAbi.encodeFunctionData('setAggregator', [first]) };
  await expect(anvil.rpc('eth_call', [{ ...stranger, from: toBeHex(1, 20) }])).rejects.toThrow();
});
