import { Interface } from 'ethers';
import { artifact } from '../../../devnet/chain/artifact.ts';
import type { Receipt } from '../../../lib/chain.ts';
import { ContractError } from '../../../lib/errors.ts';
import type { Address } from '../../../lib/hex.ts';
import { type Deployed, type Evm, startEvm } from '../evm.ts';
import { deployTokens } from './tokens.ts';

/** The contracts of mainnet, as their package ships them, and one pair of two tokens. */
export interface UniswapV2Market {
  readonly evm: Evm;
  readonly factory: Deployed;
  readonly pair: Deployed;
  /** In the pair's order. */
  readonly tokens: readonly [Deployed, Deployed];
}

export async function startUniswapV2(): Promise<UniswapV2Market> {
  const evm = await startEvm();
  const factory = await evm.deploy(artifact('@uniswap/v2-core', 'UniswapV2Factory'), [evm.account]);
  const tokens = await deployTokens(evm, []);
  const addresses = tokens.map((token) => token.address);
  await evm.run(factory, 'createPair', addresses);
  const [address] = await evm.call(factory, 'getPair', addresses);
  return { evm, factory, pair: { address, abi: pairAbi }, tokens };
}

/** Queues it. */
export async function addReserves(
  { evm, pair, tokens }: UniswapV2Market,
  reserves: readonly [bigint, bigint],
): Promise<void> {
  await evm.send(tokens[0], 'transfer', [pair.address, reserves[0]]);
  await evm.send(tokens[1], 'transfer', [pair.address, reserves[1]]);
  await evm.send(pair, 'mint', [evm.account]);
}

/** Queues a payment to the pair. */
export async function pay(
  { evm, pair, tokens }: UniswapV2Market,
  token: Address,
  amount: bigint,
): Promise<void> {
  const [paid] = tokens.filter((one) => one.address === token);
  if (paid === undefined) throw new ContractError('A test pays a token that its pair does not trade.');
  await evm.send(paid, 'transfer', [pair.address, amount]);
}

/** Queues a claim of output for what was paid before. */
export async function take(
  { evm, pair, tokens }: UniswapV2Market,
  token: Address,
  amount: bigint,
): Promise<void> {
  const amounts = token === tokens[0].address ? [amount, 0n] : [0n, amount];
  await evm.send(pair, 'swap', [...amounts, evm.account, '0x']);
}

/** The reserves that the pair announced last in a transaction. */
export function syncedReserves({ logs }: Receipt): readonly [bigint, bigint] {
  const log = logs.findLast((one) => one.topics[0] === SYNC_TOPIC);
  if (log === undefined)
    throw new ContractError('A swap that was expected to succeed emitted no Sync event.');
  const { reserve0, reserve1 } = pairAbi.decodeEventLog('Sync', log.data, [...log.topics]);
  return [reserve0, reserve1];
}

const pairAbi = new Interface(artifact('@uniswap/v2-core', 'UniswapV2Pair').abi);
const SYNC_TOPIC = pairAbi.getEvent('Sync')?.topicHash;
