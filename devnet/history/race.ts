import { highestBidBps } from '../../lib/bundle/bid.ts';
import { executorTransaction } from '../../lib/bundle/build.ts';
import type { RacePolicy } from '../../lib/config.ts';
import type { Bundle, LiquidationPlan, OracleUpdate, Trigger } from '../../lib/domain.ts';
import type { Planned } from '../../lib/ledger/fact.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import type { Market } from '../../lib/market/market.ts';
import type { Feed } from '../../lib/oracles/feed.ts';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import { type Recorder, recorderOf } from '../../lib/racing/recorder.ts';
import type { Dice } from './dice.ts';
import { type PastPlanning, pastPlanning } from './plans.ts';
import type { PastReport } from './prices.ts';
import { addressOf, FEEDS, hashOf, TOKENS, WETH } from './setting.ts';

/** A race of an invented past: what came, what the real recorder writes down of it, and what was planned. */
export interface PastRace {
  readonly planning: PastPlanning;
  readonly trigger: Trigger['kind'];
  /** The real recorder's; `undefined` where nothing was worth it. */
  readonly planned: Planned | undefined;
  /** Its simulation did not revert. */
  readonly wasSent: boolean;
  readonly endedAtMs: number;
}

export interface RaceSetting {
  /** Everything that the recorder writes goes here. */
  readonly ledger: Ledger;
  readonly policy: RacePolicy;
  readonly chainId: number;
  readonly dice: Dice;
  /** Of this race among all: what its hashes and its nonce are made of. */
  readonly number: number;
  readonly headBlock: number;
}

/** How the news came, and how long before the slot ends. */
interface PastTrigger {
  readonly kind: Trigger['kind'];
  readonly weight: number;
  readonly leadMs: number;
}

const TRIGGERS: readonly [PastTrigger, ...PastTrigger[]] = [
  { kind: 'pendingTransaction', weight: 0.42, leadMs: 5_000 },
  { kind: 'mevShareHint', weight: 0.46, leadMs: 6_000 },
  { kind: 'confirmed', weight: 0.07, leadMs: 0 },
  { kind: 'timer', weight: 0.05, leadMs: 11_500 },
];

export async function pastRace(report: PastReport, setting: RaceSetting): Promise<PastRace> {
  const { dice, policy, ledger } = setting;
  const baseFeeWei = BigInt(Math.round(dice.logNormal(1.1, 0.8) * (report.change < -0.01 ? 8 : 1) * 1e9));
  const { kind: trigger } = dice.weighted(TRIGGERS);
  const update = updateOf(report, trigger, setting);
  const clock = ticking(update.seenAtMs + dice.between(8, 60));
  const captured: Planned[] = [];
  const listening = listeningTo(ledger, captured);
  const market = marketBefore(report, setting, baseFeeWei);
  const recorder = recorderOf(update, {
    ledger: listening,
    clock,
    market,
    policy,
    receivedAtMs: clock.nowMs(),
  });
  const planning = await decide(recorder, clock, report, baseFeeWei, setting);
  const wasSent =
    planning.plans.length > 0 && (await send(recorder, clock, update, planning.plans, market, setting));
  return { planning, trigger, planned: captured[0], wasSent, endedAtMs: clock.nowMs() };
}

async function decide(
  recorder: Recorder,
  clock: Ticking,
  report: PastReport,
  baseFeeWei: bigint,
  { dice, policy }: RaceSetting,
): Promise<PastPlanning> {
  clock.tick(dice.between(0.6, 4));
  recorder.mark('decoded');
  clock.tick(dice.logNormal(7, 0.5));
  await recorder.claimed();
  recorder.mark('claimed');
  const planning = pastPlanning(dice, report, baseFeeWei, policy);
  clock.tick(dice.logNormal(planning.plans.length > 0 ? 14 : 3, 0.6));
  recorder.mark('decided');
  await recorder.skipped(planning.skips);
  return planning;
}

async function send(
  recorder: Recorder,
  clock: Ticking,
  update: OracleUpdate,
  plans: readonly LiquidationPlan[],
  market: Market,
  setting: RaceSetting,
): Promise<boolean> {
  const { dice, policy, number } = setting;
  const { head } = market;
  const timestampSeconds = head.timestampSeconds + policy.secondsPerSlot;
  const target = { number: head.number + 1, timestampSeconds, baseFeeWei: head.nextBaseFeeWei };
  const terms = { ...policy, bidBps: highestBidBps(policy) };
  const transaction = executorTransaction(plans, [target], number, terms);
  const ownTransactionHash = hashOf(`bundle ${number}`);
  const uuid = ownTransactionHash.slice(2);
  const replacementUuid = `${uuid.slice(0, 8)}-${uuid.slice(8, 12)}-8${uuid.slice(13, 16)}-8${uuid.slice(17, 20)}-${uuid.slice(20, 32)}`;
  const bundle: Bundle = {
    updateId: update.id,
    target,
    rawTransactions: [],
    ownTransactionHashes: [ownTransactionHash],
    replacementUuid,
  };
  clock.tick(dice.logNormal(9, 0.4));
  recorder.mark('signed');
  await recorder.planned([bundle], [plans], { operator: OPERATOR, transactions: [transaction] });
  clock.tick(dice.logNormal(85, 0.55));
  recorder.mark('simulated');
  const bidWei = plans.reduce((sum, plan) => sum + plan.bidWei, 0n);
  const gasUsed = plans.reduce((sum, plan) => sum + plan.gasUsed, 0n);
  if (dice.chance(0.015)) {
    const reason = 'simulationReverted' as const;
    await recorder.simulated(bundle, { ok: false, reason, detail: 'execution reverted: NothingLiquidated' });
    await recorder.skipped([{ reason, numbers: { detail: 'execution reverted: NothingLiquidated' } }]);
    return false;
  }
  const own = [{ gasUsed, coinbaseDiffWei: bidWei + 21_000n * 10n ** 8n }];
  await recorder.simulated(bundle, { ok: true, own });
  const submissions = RELAYS.map((relay) => {
    const tookMs = dice.logNormal(46, 0.5);
    const accepted = dice.chance(0.985);
    const said = accepted ? { bundleHash: hashOf(`${relay} ${number}`) } : { error: 'HTTP 503' };
    return { relay, accepted, tookMs, ...said };
  });
  clock.tick(Math.max(...submissions.map(({ tookMs }) => tookMs)));
  recorder.mark('sent');
  await recorder.sent(bundle, submissions);
  return true;
}

const OPERATOR = { address: addressOf('operator') };
const RELAYS = ['flashbots', 'titan', 'beaverbuild', 'quasar'];

interface Ticking {
  nowMs(): number;
  tick(ms: number): void;
}

/** A clock that only goes on when told. */
function ticking(startMs: number): Ticking {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    tick: (ms) => {
      nowMs += ms;
    },
  };
}

/** The ledger, overheard: settlement needs what the recorder planned. */
const listeningTo = (ledger: Ledger, planned: Planned[]): Ledger => ({
  ...ledger,
  async append(fact) {
    if (fact.state === 'planned') planned.push(fact);
    return ledger.append(fact);
  },
});

function updateOf(report: PastReport, kind: Trigger['kind'], setting: RaceSetting): OracleUpdate {
  const { dice, number, chainId, headBlock } = setting;
  const lead = TRIGGERS.find((trigger) => trigger.kind === kind)?.leadMs ?? 0;
  const seenAtMs = Math.round(report.atSeconds * 1_000 + 12_000 - lead * dice.between(0.3, 1.7));
  return {
    id: hashOf(`update ${number}`),
    ...{ chainId, aggregator: report.feed.aggregator, answer: report.answer, seenAtMs },
    epochAndRound: number << 1,
    observedAtSeconds: report.atSeconds,
    source: kind === 'mevShareHint' ? 'mev-share' : 'pending:history',
    trigger: triggerOf(kind, hashOf(`oracle ${number}`), headBlock),
  };
}

function triggerOf(kind: Trigger['kind'], hash: string, blockNumber: number): Trigger {
  switch (kind) {
    case 'pendingTransaction':
      return { kind, rawTransaction: '0x', transactionHash: hash };
    case 'mevShareHint':
      return { kind, hash, call: { to: addressOf('forwarder'), data: '0x' } };
    case 'confirmed':
      return { kind, transactionHash: hash, blockNumber };
    case 'timer':
      return { kind, reason: 'cutoff' };
  }
}

/** As much of a market as the recorder asks: feeds, names and the head. */
function marketBefore(report: PastReport, { headBlock }: RaceSetting, nextBaseFeeWei: bigint): Market {
  const feeds = FEEDS.map(({ aggregator, description, symbol }): [string, Feed] => {
    const answer = symbol === 'ETH' ? report.etherAnswer : report.previousAnswer;
    const isOwn = aggregator === report.feed.aggregator;
    return [
      aggregator,
      { aggregator, description, decimals: 8, proxies: [], answer: isOwn ? report.previousAnswer : answer },
    ];
  });
  return {
    head: {
      ...{ number: headBlock, hash: hashOf(`block ${headBlock}`), nextBaseFeeWei },
      timestampSeconds: report.atSeconds,
    },
    ...{ books: [], hidden: [], liquidity: liquidityOf(WETH.address, [], []), nonces: new Map() },
    feeds: new Map(feeds),
    tokenNames: new Map(TOKENS.map((token) => [token.address, token])),
  };
}
