import { Interface } from 'ethers';
import type { Address } from '../../../lib/hex.ts';
import { compoundV3 } from '../../../lib/protocols/compound-v3/index.ts';
import type { Protocol } from '../../../lib/protocols/protocol.ts';
import { type LabFeed, type OracleLab, startOracleLab } from '../../support/oracle-lab.ts';

const EVERYTHING = 2n ** 256n - 1n;
export const percent = (value: number) => BigInt(value) * 10n ** 16n;

const token = new Interface([
  'function mint(address to, uint256 value)',
  'function approve(address spender, uint256 value) returns (bool)',
]);
export const cometActions = new Interface([
  'function supply(address asset, uint256 amount)',
  'function withdraw(address asset, uint256 amount)',
  'function transfer(address dst, uint256 amount) returns (bool)',
  'function transferAsset(address dst, address asset, uint256 amount)',
  'function absorb(address absorber, address[] accounts)',
  'function buyCollateral(address asset, uint256 minAmount, uint256 baseAmount, address recipient)',
]);

/** Our stand-in for a Comet beside real aggregators: USDC against ether and bitcoin. */
export interface CometLab extends OracleLab {
  readonly comet: Address;
  readonly protocol: Protocol;
  readonly executor: Address;
  readonly usdc: Address;
  readonly weth: Address;
  readonly wbtc: Address;
  readonly feeds: Readonly<Record<'usdc' | 'weth' | 'wbtc', LabFeed>>;
  /** Queues what somebody does on the Comet. */
  act(from: Address, method: string, ...args: readonly unknown[]): void;
  /** Queues giving the account all it needs of every token. */
  fund(who: Address): void;
}

/** @param executor whom collateral is bought for */
export async function startCometLab(executor: Address): Promise<CometLab> {
  const lab = await startOracleLab();
  const { script, own } = lab;
  const mintable = (decimals: number) => script.deploy(own.get('MintableToken'), ['', '', decimals]);
  const [usdc, weth, wbtc] = [mintable(6), mintable(18), mintable(8)];
  const feeds = {
    usdc: lab.feed(8, 'USDC / USD'),
    weth: lab.feed(8, 'ETH / USD'),
    wbtc: lab.feed(8, 'BTC / USD'),
  };
  const curve = [percent(80), 500_000_000n, 1_000_000_000n, 8_000_000_000n];
  const terms = [
    ...[usdc, feeds.usdc.proxy, 10n ** 6n, curve, curve],
    ...[percent(50), 5_000_000_000_000n, 0n, true],
  ];
  const comet = script.deploy(own.get('StandInComet'), [
    terms,
    [
      [0, weth, feeds.weth.proxy, 10n ** 18n, percent(80), percent(90), percent(95), 2n ** 127n],
      [1, wbtc, feeds.wbtc.proxy, 10n ** 8n, percent(70), percent(80), percent(90), 2n ** 127n],
    ],
  ]);
  await script.mine();
  return {
    ...{ ...lab, comet, executor, usdc, weth, wbtc, feeds },
    protocol: compoundV3({ comet, deployedAtBlock: 0 }, executor),
    act: (from, method, ...args) => script.call(comet, cometActions, method, args, { from }),
    fund(who) {
      for (const one of [usdc, weth, wbtc]) {
        script.call(one, token, 'mint', [who, 10n ** 30n], { from: who });
        script.call(one, token, 'approve', [comet, EVERYTHING], { from: who });
      }
    },
  };
}
