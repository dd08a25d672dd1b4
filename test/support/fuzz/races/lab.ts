import { readFileSync } from 'node:fs';
import { id, keccak256, Transaction, Wallet } from 'ethers';
import { relayOf } from '../../../../lib/adapters/builders/index.ts';
import { systemClock } from '../../../../lib/adapters/clock.ts';
import type { Operator } from '../../../../lib/adapters/operator.ts';
import type { Relay } from '../../../../lib/adapters/relay.ts';
import { parseNetworkConfig, racePolicy } from '../../../../lib/config.ts';
import type { Opportunity, OracleUpdate } from '../../../../lib/domain.ts';
import type { Hex } from '../../../../lib/hex.ts';
import type { Ledger } from '../../../../lib/ledger/ledger.ts';
import type { Market } from '../../../../lib/market/market.ts';
import { liquidityOf } from '../../../../lib/planning/liquidity.ts';
import { race } from '../../../../lib/race.ts';
import { recorderOf } from '../../../../lib/racing/recorder.ts';
import { standingAt } from '../../../../lib/racing/standing.ts';
import { type DialectBuilder, HOUSES, type Mishap, startDialectBuilder } from '../../dialect-builder.ts';
import { type LocalDynamo, startDynamo } from '../../dynamodb.ts';
import { constantProductPool, syntheticOpportunity, token } from '../../synthetic-market.ts';
import type { Random } from '../random.ts';
import { CHAIN_ID, EXECUTOR, LabChain } from './chain.ts';
import { type Chaos, unlucky } from './chaos.ts';

const [WETH, USD] = [token(1), token(2)];
export const FEEDS = [token(0xf1), token(0xf2), token(0xf3)] as const;
const POOL = constantProductPool(1, [WETH, USD], [10_000n * 10n ** 18n, 40_000_000n * 10n ** 6n]);

const local = JSON.parse(readFileSync('config/local.json', 'utf8'));

/** A day's budget that two or three lost stakes exhaust. */
export const POLICY = racePolicy(
  parseNetworkConfig(
    {
      ...local,
      contracts: { ...local.contracts, executor: EXECUTOR },
      policy: {
        ...{ ...local.policy, mode: 'live', targetBlocks: 2, confirmations: 3 },
        ...{ maxDailyGasCostWei: '4000000000000000', maxDailyLossWei: '4000000000000000' },
      },
    },
    'the lab',
  ),
);

export const borrowerOf = (number: number): string => token(0xb000 + number);

/** One round of one feed: whom it opens, if anybody. */
export interface LabUpdate {
  readonly update: OracleUpdate;
  readonly opens: number | undefined;
}

/** Three builders of three dialects, a ledger on dynalite, two operator keys, and a chain. */
export interface RaceLab {
  readonly chain: LabChain;
  readonly ledger: Ledger;
  readonly builders: readonly DialectBuilder[];
  readonly wallets: readonly [Wallet, Wallet];
  /** What was wrong with what happened, in words. */
  readonly violations: string[];
  race(one: LabUpdate, chaos: Chaos): Promise<string>;
  setMishaps(random: Random, chance: number): void;
  stop(): Promise<void>;
}

export async function startRaceLab(): Promise<RaceLab> {
  const dynamo: LocalDynamo = await startDynamo();
  const [chain, violations, recorded, taken] = [
    new LabChain(),
    [] as string[],
    new Set<Hex>(),
    new Map<string, bigint>(),
  ];
  const store = await dynamo.freshLedger();
  let mishap = (): Mishap | undefined => undefined;
  const arrived = (transactions: readonly string[]): void => {
    const own = keccak256(transactions.at(-1) ?? '0x');
    if (!recorded.has(own)) violations.push(`bundle ${own} left before it was on record`);
  };
  const names = ['buildernet', 'beaverbuild', 'titan'] as const;
  const builders = await Promise.all(
    names.map((name) => startDialectBuilder(HOUSES[name], { mishap: () => mishap(), arrived })),
  );
  const identity = new Wallet(id('relay identity'));
  const relays = names.map((name, at) =>
    relayOf({
      name,
      dialect: name,
      url: builders[at]?.url ?? '',
      identity,
      timeoutMs: 150,
      clock: systemClock,
    }),
  );
  const wallets = [new Wallet(id('first operator')), new Wallet(id('second operator'))] as const;
  const ledger = remembering(store, { recorded, taken, violations });
  return {
    ...{ chain, ledger, builders, wallets, violations },
    race: (one, chaos) => raceOnce(one, { chain, relays, wallets, violations, ledger }, chaos),
    setMishaps(random, chance) {
      const kinds = ['down', 'slow', 'garbage', '429', '500', 'lost'] as const;
      mishap = () => (random.chance(chance) ? random.pick(kinds) : undefined);
    },
    async stop() {
      await Promise.all(builders.map((builder) => builder.stop()));
      await dynamo.stop();
    },
  };
}

interface Racing {
  readonly chain: LabChain;
  readonly ledger: Ledger;
  readonly relays: readonly Relay[];
  readonly wallets: readonly [Wallet, Wallet];
  readonly violations: string[];
}

interface Memory {
  readonly violations: string[];
  readonly recorded: Set<Hex>;
  /** At stake by day, wei. */
  readonly taken: Map<string, bigint>;
}

/** The real race over the real store and the real relay clients. */
async function raceOnce({ update, opens }: LabUpdate, lab: Racing, chaos: Chaos): Promise<string> {
  const { chain, relays, violations } = lab;
  const market = marketAt(lab, opens);
  const ledger = unlucky(lab.ledger, chaos);
  const operators = [
    operatorOf(lab.wallets[0], violations, chaos),
    operatorOf(lab.wallets[1], violations, chaos),
  ] as const;
  const setting = { ledger, clock: systemClock, market, policy: POLICY, receivedAtMs: Date.now() };
  const standing = standingAt(relays);
  return race(update, {
    ...{ market, policy: POLICY, operators, ledger, bids: { records: () => [] } },
    nowMs: chain.head.timestampSeconds * 1000,
    simulator: {
      simulate: () => chaos.step(async () => ({ ok: true, own: [{ gasUsed: 400_000n, coinbaseDiffWei: 0n }] })),
    },
    standing: { ...standing, send: (one, bundles) => chaos.step(() => standing.send(one, bundles)) },
    recorder: recorderOf(update, setting),
  });
}

function marketAt({ chain, wallets }: Racing, opens: number | undefined): Market {
  const open = opens !== undefined && chain.takenBy(borrowerOf(opens)) === undefined;
  const opportunities: readonly Opportunity[] = open
    ? [
        syntheticOpportunity({
          ...{ borrower: opens, debtAsset: USD, collateralAsset: WETH },
          ...{ maxDebtToCover: 40_000n * 10n ** 6n, seizedPer10k: 2_625_000_000_000n },
        }),
      ]
    : [];
  return {
    head: chain.head,
    books: [
      {
        ...{
          protocol: 'synthetic',
          blockNumber: chain.head.number,
          assets: new Set([WETH, USD]),
          feeds: new Map(),
        },
        opportunities: () => opportunities,
      },
    ],
    ...{ feeds: new Map(), hidden: [], liquidity: liquidityOf(WETH, [POOL], []) },
    nonces: new Map(wallets.map(({ address }) => [address, chain.nonceOf(address)])),
  };
}

const addTo = (sums: Map<string, bigint>, day: string, wei: bigint): void => {
  sums.set(day, (sums.get(day) ?? 0n) + wei);
};

/** Notes which bundles are on record, and what is at stake. */
const remembering = (ledger: Ledger, { recorded, taken, violations }: Memory): Ledger => ({
  ...ledger,
  async takeStake(stake, limits) {
    const isTaken = await ledger.takeStake(stake, limits);
    if (isTaken) addTo(taken, stake.day, stake.gasWei);
    const dayWei = taken.get(stake.day) ?? 0n;
    if (dayWei > limits.maxDailyGasCostWei) violations.push(`${dayWei} wei at stake on ${stake.day}`);
    return isTaken;
  },
  async returnStake(stake, spent) {
    // Counted as free before it is: another may take it the moment that it is.
    addTo(taken, stake.day, spent.gasWei - stake.gasWei);
    await ledger.returnStake(stake, spent);
  },
  async append(fact) {
    const written = await ledger.append(fact);
    if (fact.state === 'planned') recorded.add(fact.ownTransactionHash);
    return written;
  },
});

/** A key that looks at what it is asked to sign, by rules of its own. */
const operatorOf = (wallet: Wallet, violations: string[], chaos: Chaos): Operator => ({
  address: wallet.address,
  sign: (transaction) =>
    chaos.step(async () => {
      const raw = await wallet.signTransaction(transaction);
      const { to, value, chainId, gasLimit, maxFeePerGas, data } = Transaction.from(raw);
      const sound = [
        to === EXECUTOR,
        value === 0n,
        chainId === BigInt(CHAIN_ID),
        data.length > 10,
        gasLimit * (maxFeePerGas ?? 0n) <= POLICY.maxGasCostWei,
      ];
      if (!sound.every(Boolean)) violations.push(`signed outside of the policy: ${raw}`);
      return raw;
    }),
});
