import { getAddress, Interface, id, toQuantity } from 'ethers';
import { startAnvil } from '../../devnet/chain/anvil.ts';
import { latestBlock } from '../../devnet/chain/blocks.ts';
import { placeMulticall3 } from '../../devnet/chain/multicall3.ts';
import { fixedAnswerCode } from '../../devnet/drill/fixed-answer.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import type { Chain } from '../../lib/chain.ts';
import type { Address } from '../../lib/hex.ts';
import { absorb } from '../../lib/protocols/compound-v3/absorption.ts';
import { bookOf, type CometBook } from '../../lib/protocols/compound-v3/book.ts';
import { wordsRead } from '../../lib/protocols/compound-v3/contract-reads.ts';
import { collateralHolderOf, collateralTopics } from '../../lib/protocols/compound-v3/events.ts';
import { absorbedOf, opportunitiesOf } from '../../lib/protocols/compound-v3/opportunity.ts';
import { read } from '../../lib/protocols/compound-v3/read.ts';
import { play } from './fuzz/compound-v3/play.ts';

/** What the model and a deployed Comet disagree on, and how much was compared. */
export interface ForkComparison {
  readonly differences: readonly string[];
  readonly accounts: number;
  readonly liquidations: number;
}

const LIQUIDATOR: Address = getAddress(id('liquidator on a fork').slice(0, 42));
const MOST_LIQUIDATIONS = 10;
const token = new Interface([
  'function transfer(address to, uint256 value)',
  'function approve(address spender, uint256 value)',
]);

/**
 * Forks a chain, and holds the model against a Comet that is deployed there: its reserves, who is liquidatable,
 * and, after every collateral has lost half of its price, absorptions and purchases, amount by amount.
 *
 * @param recentBlocks how far back borrowers are looked for
 */
export async function compareOnFork(
  forkUrl: string,
  comet: Address,
  recentBlocks: number,
): Promise<ForkComparison> {
  const anvil = await startAnvil({ extraArgs: ['--fork-url', forkUrl, '--base-fee', '0'] });
  const multicall3 = await placeMulticall3(anvil);
  const chain = connectChain({ rpcUrl: anvil.url, chainId: 31337, timeoutMs: 120_000, multicall3 });
  try {
    await anvil.rpc('evm_mine');
    const { number } = await chain.head();
    const fromBlock = Math.max(0, number - recentBlocks);
    const logs = await chain.logs({ address: comet, topics: [collateralTopics], fromBlock, toBlock: number });
    const borrowers = [...new Set(logs.map(collateralHolderOf))];
    const before = await bookAt(chain, comet, borrowers);
    const differences = [...(await viewDifferences(chain, comet, before))];
    await halvePrices(anvil, before);
    await fundLiquidator(anvil, comet, before);
    const book = await bookAt(chain, comet, borrowers);
    differences.push(...(await viewDifferences(chain, comet, book)));
    const { attempts, wrong } = await liquidationDifferences(anvil, book);
    return {
      differences: [...differences, ...wrong],
      accounts: book.snapshot.accounts.size,
      liquidations: attempts,
    };
  } finally {
    chain.close();
    await anvil.stop();
  }
}

type Node = Awaited<ReturnType<typeof startAnvil>>;

async function bookAt(chain: Chain, comet: Address, borrowers: readonly Address[]): Promise<CometBook> {
  const { number } = await chain.head();
  return bookOf(await read(chain, comet, borrowers, number), LIQUIDATOR);
}

const liquidatable = new Interface(['function isLiquidatable(address account) view returns (bool)']);

async function viewDifferences(chain: Chain, comet: Address, book: CometBook): Promise<readonly string[]> {
  const { accounts, reserves, blockNumber, timestampSeconds } = book.snapshot;
  const market = book.marketAfter([], timestampSeconds);
  if (market === undefined || book.opaqueBecause) return [`reserves of ${reserves} are computed differently`];
  const reads = [...accounts.keys()].map((account) =>
    wordsRead(liquidatable, comet, 'isLiquidatable', [account]),
  );
  const answers = await chain.readAll(reads, blockNumber);
  // The view does not accrue: it is asked of the indices as they are stored.
  const stored = { ...market, totals: book.snapshot.totals };
  return [...accounts].flatMap(([who, account], index) => {
    const ours = absorb({ ...stored, comet: { ...stored.comet, isAbsorbPaused: false } }, account).executed;
    return ours === (answers[index]?.[0] === 1n) ? [] : [`${who}: liquidatable by our reckoning ${ours}`];
  });
}

async function halvePrices(anvil: Node, { snapshot: { comet, prices } }: CometBook): Promise<void> {
  for (const { priceFeed } of comet.assets) {
    const half = (prices.answers.get(priceFeed) ?? 0n) / 2n;
    await anvil.rpc('anvil_setCode', [priceFeed, fixedAnswerCode(half, 8)]);
  }
}

/** Half of what the Comet has itself: what is compared afterwards is read afterwards. */
async function fundLiquidator(anvil: Node, comet: Address, { snapshot }: CometBook): Promise<void> {
  for (const who of [comet, LIQUIDATOR]) await anvil.rpc('anvil_setBalance', [who, toQuantity(10n ** 20n)]);
  const to = snapshot.comet.baseToken;
  const give = token.encodeFunctionData('transfer', [LIQUIDATOR, snapshot.holdings.base / 2n]);
  const allow = token.encodeFunctionData('approve', [comet, snapshot.holdings.base]);
  await play(
    { anvil },
    [
      { from: comet, to, data: give },
      { from: LIQUIDATOR, to, data: allow },
    ],
    12,
    0,
  );
}

/** One borrower after the other, each on the state before any of them. */
async function liquidationDifferences(anvil: Node, book: CometBook) {
  const { timestampSeconds } = await latestBlock(anvil);
  const market = book.marketAfter([], timestampSeconds + 12);
  const fallen = [...book.snapshot.accounts].flatMap(
    ([who, account]) => (market && absorbedOf(market, who, account)) ?? [],
  );
  const wrong: string[] = [];
  let attempts = 0;
  for (const one of fallen.slice(0, MOST_LIQUIDATIONS)) {
    const [opportunity] = market ? opportunitiesOf(market, [one], LIQUIDATOR) : [];
    const quote = opportunity?.quote(opportunity.maxDebtToCover / 3n);
    if (!opportunity || !quote) continue;
    attempts += 1;
    const snapshot = await anvil.rpc('evm_snapshot');
    const steps = opportunity
      .encode(quote)
      .map(({ target, data }) => ({ from: LIQUIDATOR, to: target, data }));
    const played = await play({ anvil }, steps, 12, steps.length);
    await anvil.rpc('evm_revert', [snapshot]);
    const real = played.map((each) => (each.succeeded ? each.told.join('; ') : each.reason)).join('; ');
    const seized = [...one.effects.seized].map(([asset, amount]) => `absorbed ${amount} of ${asset}`);
    const ours = [
      ...seized,
      `paid out ${one.effects.basePaidOut}`,
      `bought ${quote.seizedCollateral} for ${quote.debtToCover}`,
    ];
    if (real !== ours.join('; ')) wrong.push(`${one.borrower}: ${real}, predicted ${ours.join('; ')}`);
  }
  return { attempts, wrong };
}
