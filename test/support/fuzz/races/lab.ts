import { id, Wallet } from 'ethers';
import { relayOf } from '../../../../lib/adapters/builders/index.ts';
import type { Clock } from '../../../../lib/adapters/clock.ts';
import type { Relay } from '../../../../lib/adapters/relay.ts';
import type { Simulator } from '../../../../lib/adapters/simulator.ts';
import type { Head } from '../../../../lib/block.ts';
import type { Opportunity, OracleUpdate, Simulation } from '../../../../lib/domain.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { Ledger } from '../../../../lib/ledger/ledger.ts';
import type { Market } from '../../../../lib/market/market.ts';
import { liquidityOf } from '../../../../lib/planning/liquidity.ts';
import { race } from '../../../../lib/race.ts';
import { recorderOf } from '../../../../lib/racing/recorder.ts';
import { standingAt } from '../../../../lib/racing/standing.ts';
import { type DialectBuilder, HOUSES, type Mishap, startDialectBuilder } from '../../dialect-builder.ts';
import { startDynamo } from '../../dynamodb.ts';
import { constantProductPool, syntheticOpportunity, token } from '../../synthetic-market.ts';
import { Random } from '../random.ts';
import { LabChain } from './chain.ts';
import { type Chaos, skewed, unlucky, unluckyRelay } from './chaos.ts';
import { POLICY } from './policy.ts';
import { Witness } from './witnesses.ts';

const [WETH, USD] = [token(1), token(2)];
export const FEEDS = [token(0xf1), token(0xf2), token(0xf3)] as const;
const POOL = constantProductPool(1, [WETH, USD], [10_000n * 10n ** 18n, 40_000_000n * 10n ** 6n]);
const HOUSE_NAMES = ['buildernet', 'beaverbuild', 'titan'] as const;

export const borrowerOf = (number: number): Address => token(0xb000 + number);

/** One round of one feed: whom it opens, if anybody. */
export interface LabUpdate {
  readonly update: OracleUpdate;
  readonly opens: number | undefined;
}

/** What a process believes of the chain. */
export interface Sight {
  readonly head: Head;
  readonly nonces: ReadonlyMap<Address, number>;
  readonly isTaken: (borrower: Address) => boolean;
  /** Nothing has happened since. */
  readonly isFresh: boolean;
}

/** Three builders of three dialects and a ledger on dynalite, with an Ethereum and two keys for each case. */
export interface RaceLab {
  readonly chain: LabChain;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly builders: readonly DialectBuilder[];
  readonly wallets: readonly [Wallet, Wallet];
  readonly witness: Witness;
  /** Whom each transaction on record takes. */
  readonly plannedFor: ReadonlyMap<Hex, Address>;
  sight(): Sight;
  race(one: LabUpdate, sight: Sight, chaos: Chaos, simulation: Simulation): Promise<string>;
}

export interface RaceLabs {
  /** Everything anew, but for the servers. */
  fresh(seed: number): Promise<RaceLab>;
  stop(): Promise<void>;
}

export async function startRaceLabs(): Promise<RaceLabs> {
  const dynamo = await startDynamo();
  let mishapAt = (_house: number): Mishap | undefined => undefined;
  const onRecord = new Set<Hex>();
  let witness = new Witness(onRecord);
  const builders = await Promise.all(
    HOUSE_NAMES.map((name, house) =>
      startDialectBuilder(HOUSES[name], {
        mishap: () => mishapAt(house),
        arrived: (transactions) => witness.arrived(transactions),
      }),
    ),
  );
  return {
    async fresh(seed) {
      witness = new Witness(onRecord);
      mishapAt = mishapsOf(seed);
      return labOf(seed, await dynamo.freshLedger(), builders, witness);
    },
    async stop() {
      await Promise.all(builders.map((builder) => builder.stop()));
      await dynamo.stop();
    },
  };
}

/** Each builder has a run of bad luck of its own, or none. */
function mishapsOf(seed: number): (house: number) => Mishap | undefined {
  const kinds = ['down', 'slow', 'garbage', '429', '500', 'lost'] as const;
  const houses = HOUSE_NAMES.map((_, house) => new Random(seed * 31 + house));
  const odds = houses.map((random) => (random.chance(0.4) ? 0.4 : 0));
  return (house) => (houses[house]?.chance(odds[house] ?? 0) ? houses[house]?.pick(kinds) : undefined);
}

function labOf(seed: number, store: Ledger, builders: readonly DialectBuilder[], witness: Witness): RaceLab {
  const chain = new LabChain();
  const intoSlotMs = new Random(seed).integer(0, 11_900);
  const clock = { nowMs: () => chain.head.timestampSeconds * 1_000 + intoSlotMs };
  const wallets = [new Wallet(id(`${seed} first`)), new Wallet(id(`${seed} second`))] as const;
  const identity = new Wallet(id('relay identity'));
  const relays = HOUSE_NAMES.map((name, at) =>
    relayOf({ ...{ name, dialect: name, url: builders[at]?.url ?? '', identity, clock }, timeoutMs: 120 }),
  );
  const lab = { chain, clock, builders, wallets, witness, ledger: witness.watching(store) };
  return {
    ...lab,
    plannedFor: witness.plannedFor,
    sight: () => sightOf(lab),
    race: (one, sight, chaos, simulation) => raceOnce(one, sight, { ...lab, relays }, chaos, simulation),
  };
}

type Ground = Pick<RaceLab, 'chain' | 'clock' | 'wallets' | 'ledger' | 'witness'>;

function sightOf({ chain, wallets }: Pick<Ground, 'chain' | 'wallets'>): Sight {
  const { head } = chain;
  const takenNow = new Set(chain.blocks.flatMap(({ taken }) => taken.map(({ borrower }) => borrower)));
  return {
    head,
    nonces: new Map(wallets.map(({ address }) => [address, chain.nonceOf(address)])),
    isTaken: (borrower) => takenNow.has(borrower),
    get isFresh() {
      return chain.head.hash === head.hash;
    },
  };
}

/** The real race over the real store and the real relay clients. */
async function raceOnce(
  one: LabUpdate,
  sight: Sight,
  lab: Ground & { readonly relays: readonly Relay[] },
  chaos: Chaos,
  simulation: Simulation,
): Promise<string> {
  const market = marketIn(sight, one.opens);
  const ledger = unlucky(lab.ledger, chaos);
  const clock = skewed(lab.clock, chaos);
  const [first, second] = lab.wallets;
  const key = (wallet: Wallet) => lab.witness.key(wallet, one, sight, chaos);
  const simulator: Simulator = { simulate: () => chaos.step(async () => simulation) };
  return race(one.update, {
    ...{ market, policy: POLICY, operators: [key(first), key(second)], ledger, simulator },
    ...{ bids: { records: () => [] }, nowMs: clock.nowMs() },
    standing: standingAt(lab.relays.map((relay) => unluckyRelay(relay, chaos))),
    recorder: recorderOf(one.update, { ledger, clock, market, policy: POLICY, receivedAtMs: clock.nowMs() }),
  });
}

function marketIn({ head, nonces, isTaken }: Sight, opens: number | undefined): Market {
  const opportunities: readonly Opportunity[] =
    opens === undefined || isTaken(borrowerOf(opens))
      ? []
      : [
          syntheticOpportunity({
            ...{ borrower: opens, debtAsset: USD, collateralAsset: WETH },
            ...{ maxDebtToCover: 40_000n * 10n ** 6n, seizedPer10k: 2_625_000_000_000n },
          }),
        ];
  const book = { protocol: 'synthetic', blockNumber: head.number, assets: new Set([WETH, USD]) };
  return {
    ...{ head, nonces, hidden: [], feeds: new Map(), liquidity: liquidityOf(WETH, [POOL], []) },
    books: [{ ...book, feeds: new Map(), opportunities: () => opportunities }],
  };
}
