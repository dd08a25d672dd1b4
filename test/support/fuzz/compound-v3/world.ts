import { Interface } from 'ethers';
import { deployerAddress } from '../../../../devnet/chain/accounts.ts';
import { type Script, startScript } from '../../../../devnet/chain/script.ts';
import type { Address } from '../../../../lib/hex.ts';
import type { Step } from '../mined.ts';
import type { Random } from '../random.ts';
import { type FuzzGround, type FuzzToken, roundFeed, token } from './market.ts';
import { play } from './play.ts';

/** A Comet with lenders, borrowers and reserves; prices are those of the last block, by feed. */
export interface World {
  readonly comet: Address;
  readonly base: FuzzToken;
  readonly assets: readonly FuzzToken[];
  readonly prices: Map<Address, bigint>;
}

export const cometActions = new Interface([
  'function supply(address asset, uint256 amount)',
  'function withdraw(address asset, uint256 amount)',
  'function transfer(address dst, uint256 amount) returns (bool)',
  'function transferAsset(address dst, address asset, uint256 amount)',
  'function pause(bool, bool, bool, bool absorbPaused, bool buyPaused)',
]);

const WAD = 10n ** 18n;
const YEAR = 31_536_000n;

interface Factors {
  readonly borrow: bigint;
  readonly liquidate: bigint;
  readonly liquidation: bigint;
}

export async function randomWorld(random: Random, ground: FuzzGround): Promise<World> {
  const [base, ...others] = shuffled(random, ground.tokens);
  if (base === undefined) throw new Error('There are tokens to lend.');
  const assets = others.slice(0, random.integer(1, others.length));
  const factors = assets.map(() => randomFactors(random));
  const prices = new Map([base, ...assets].map(({ feed }) => [feed, random.amount(20, 50)]));
  const script = await startScript(ground.anvil, deployerAddress);
  const comet = deployComet(random, ground, script, { base, assets, factors });
  for (const [feed, price] of prices) script.call(feed, roundFeed, 'setAnswer', [price]);
  approveAll(ground, script, comet, [base, ...assets]);
  await script.mine();
  const world = { comet, base, assets, prices };
  await play(ground, opening(random, ground, world, factors), random.pick([12, 86_400]), 0);
  for (const seconds of [3_600, 2_592_000]) await play(ground, history(random, ground, world), seconds, 0);
  return world;
}

function deployComet(
  random: Random,
  { artifacts }: FuzzGround,
  script: Script,
  market: {
    readonly base: FuzzToken;
    readonly assets: readonly FuzzToken[];
    readonly factors: readonly Factors[];
  },
): Address {
  const { base, assets, factors } = market;
  const yearly = () => (BigInt(random.integer(0, 400)) * WAD) / 1_000n / YEAR;
  const curve = () => [random.pick([8n, 9n, 10n, 0n]) * (WAD / 10n), yearly(), yearly(), 10n * yearly()];
  const terms = [
    ...[base.address, base.feed, base.scale, curve(), curve()],
    random.pick([WAD, WAD / 2n, (WAD * BigInt(random.integer(0, 1_000))) / 1_000n, 0n]),
    random.pick([0n, random.amount(20, 100), 2n ** 103n, 2n ** 103n]),
    ...[0n, random.chance(0.5)],
  ];
  const infos = assets.map(({ address, feed, scale }, offset) => {
    const { borrow, liquidate, liquidation } = factors[offset] ?? {
      borrow: 0n,
      liquidate: 0n,
      liquidation: 0n,
    };
    return [offset, address, feed, scale, borrow, liquidate, liquidation, 2n ** 127n];
  });
  return script.deploy(artifacts.get('StandInComet'), [terms, infos]);
}

/** Now and then an asset that counts for nothing. */
function randomFactors(random: Random): Factors {
  const permyriad = (low: number, high: number) => BigInt(random.integer(low, high)) * 10n ** 14n;
  if (random.chance(0.1)) return { borrow: 0n, liquidate: random.pick([0n, WAD / 2n]), liquidation: 0n };
  const borrow = permyriad(3_000, 8_500);
  const liquidate = borrow + permyriad(1, 900);
  return { borrow, liquidate, liquidation: random.pick([WAD, permyriad(8_000, 9_999)]) };
}

function approveAll(
  { supplier, liquidator, borrowers }: FuzzGround,
  script: Script,
  comet: Address,
  all: readonly FuzzToken[],
) {
  for (const from of [supplier, liquidator, ...borrowers])
    for (const { address } of all) script.call(address, token, 'approve', [comet, 2n ** 256n - 1n], { from });
}

/** Lenders first; then each borrower brings some collaterals and takes what they allow, or part of it. */
function opening(
  random: Random,
  ground: FuzzGround,
  world: World,
  factors: readonly Factors[],
): readonly Step[] {
  const { supplier, borrowers } = ground;
  const { comet, base, assets, prices } = world;
  const steps: Step[] = [];
  const act = (from: Address, method: string, ...args: readonly unknown[]) =>
    steps.push({ from, to: comet, data: cometActions.encodeFunctionData(method, args) });
  if (random.chance(0.95)) act(supplier, 'supply', base.address, random.amount(70, 90));
  const gifts = [base, ...assets].filter(() => random.chance(0.6));
  for (const { address } of gifts)
    steps.push({ from: supplier, to: address, data: mint(comet, random.amount(1, 90)) });
  for (const who of borrowers) {
    let allowed = 0n;
    for (const [index, asset] of assets.entries()) {
      if (!random.chance(0.7)) continue;
      const amount = random.amount(1, 60);
      act(who, 'supply', asset.address, amount);
      const value = (amount * (prices.get(asset.feed) ?? 0n)) / asset.scale;
      allowed += (value * (factors[index]?.borrow ?? 0n)) / WAD;
    }
    const most = (allowed * base.scale) / (prices.get(base.feed) ?? 1n);
    const debt = random.chance(0.4) ? most : (most * BigInt(random.integer(1, 1_000))) / 1_000n;
    if (debt > 0n) act(who, 'withdraw', base.address, debt);
  }
  return steps;
}

const mint = (to: Address, amount: bigint) => token.encodeFunctionData('mint', [to, amount]);

/** What moves principals and indices apart: repaying, lending, borrowing by transfer. */
export function history(
  random: Random,
  { borrowers, supplier }: FuzzGround,
  { comet, base, assets }: World,
): readonly Step[] {
  const anybody = () => borrowers[random.integer(0, borrowers.length - 1)] ?? supplier;
  const asset = () => (assets[random.integer(0, assets.length - 1)] ?? base).address;
  return Array.from({ length: 8 }, (): Step => {
    const by = (from: Address, method: string, ...args: readonly unknown[]): Step => ({
      ...{ from, to: comet },
      data: cometActions.encodeFunctionData(method, args),
    });
    return random.pick([
      () => by(anybody(), 'supply', base.address, random.amount(1, 50)),
      () => by(supplier, 'supply', base.address, random.amount(1, 80)),
      () => by(supplier, 'withdraw', base.address, random.amount(1, 60)),
      () => by(anybody(), 'transfer', anybody(), random.amount(1, 40)),
      () => by(anybody(), 'transferAsset', anybody(), asset(), random.amount(1, 40)),
      () => by(anybody(), 'supply', asset(), random.amount(1, 50)),
    ])();
  });
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: random.fraction() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
