import type { Address } from '../hex.ts';
import { protocolsOf } from '../protocols/index.ts';
import type { Check } from './examine.ts';
import type { Patient } from './patient.ts';

export const CHAIN = 'chain id';
const MAX_SKEW_MS = 2_000;

export function chainChecks(patient: Patient): readonly Check[] {
  return [chainId(patient), freshHead(patient), providers(patient), clock(patient), ...code(patient)];
}

/** The names of the lines about code: nothing further can be told where one of them is wrong. */
export const codeLines = ({ network }: Patient): readonly string[] =>
  configured(network).map(([name]) => name);

const chainId = ({ chain, network }: Patient): Check => ({
  name: CHAIN,
  async examine() {
    await chain.head();
    return `${network.chainId}`;
  },
});

const freshHead = ({ chain, network, nowMs }: Patient): Check => ({
  name: 'head is fresh',
  needs: [CHAIN],
  async examine() {
    const { number, timestampSeconds } = await chain.head();
    const ageSeconds = Math.round(nowMs() / 1000 - timestampSeconds);
    if (ageSeconds <= 3 * network.secondsPerSlot) return `block ${number}, ${ageSeconds} s old`;
    return { wrong: `Block ${number} is ${ageSeconds} s old.`, advice: 'Use a node that is in sync.' };
  },
});

const providers = ({ chain, secondChain }: Patient): Check => ({
  name: 'providers agree',
  needs: [CHAIN],
  async examine() {
    if (secondChain === undefined) return 'one provider only: set SECOND_RPC_URL to compare two';
    const [one, other] = await Promise.all([chain.head(), secondChain.head()]);
    // Both have it, and it is not about to be replaced.
    const number = Math.max(0, Math.min(one.number, other.number) - 2);
    const [ours, theirs] = await Promise.all([chain.head(number), secondChain.head(number)]);
    if (ours.hash === theirs.hash) return `on block ${number}`;
    return {
      wrong: `Block ${number} is ${ours.hash} for one and ${theirs.hash} for the other.`,
      advice: 'One of them is on a fork: find out which, and leave it.',
    };
  },
});

const clock = ({ outsideTimeMs, nowMs }: Patient): Check => ({
  name: 'clock',
  async examine() {
    const outsideMs = await outsideTimeMs();
    if (outsideMs === undefined) return 'nobody to compare it with';
    const skewMs = nowMs() - outsideMs;
    if (Math.abs(skewMs) <= MAX_SKEW_MS) return `within ${MAX_SKEW_MS} ms of others`;
    return { wrong: `This clock is ${skewMs} ms off.`, advice: 'Synchronise it: events are judged by age.' };
  },
});

const code = (patient: Patient): readonly Check[] =>
  configured(patient.network).map(([name, address]) => ({
    name,
    needs: [CHAIN],
    async examine() {
      if ((await patient.codeAt(address)) !== '0x') return address;
      return { wrong: `There is no contract at ${address}.`, advice: 'Correct the address, or the network.' };
    },
  }));

function configured(network: Patient['network']): readonly (readonly [name: string, address: Address])[] {
  const { contracts, uniswapV2, uniswapV3, uniswapV4 } = network;
  return [
    ['code of weth', contracts.weth],
    ['code of multicall3', contracts.multicall3],
    ...protocolsOf(network).map(({ name, address }) => [`code of ${name}`, address] as const),
    ['code of uniswapV3', uniswapV3.factory],
    ...(uniswapV2 ? [['code of uniswapV2', uniswapV2.factory] as const] : []),
    ...(uniswapV4 ? [['code of uniswapV4', uniswapV4.poolManager] as const] : []),
  ];
}
