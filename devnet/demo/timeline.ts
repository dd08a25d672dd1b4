import { formatEther, formatUnits } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import type { Fact, PlannedLiquidation, Skipped } from '../../lib/ledger/fact.ts';
import type { Lost } from '../../lib/ledger/outcome.ts';
import type { World } from '../chain/world.ts';
import type { Invocation } from '../lambda/invocation.ts';
import type { PlayedSlot } from './scenario.ts';

/** One slot as a person reads it: what was seen, decided, sent, and what became of it. */
export function slotLines(slot: PlayedSlot, facts: readonly Fact[], world: World): readonly string[] {
  const { block, symbol, report, twist, invocations } = slot;
  const price = formatUnits(report.answer, report.feed.decimals);
  return [
    `block ${block}  ${symbol}/USD ${Number(price).toFixed(2)}${twist === 'hidden' ? '' : ' pending'}${twist ? `  (${TWISTS[twist]})` : ''}`,
    ...invocations.flatMap(faultLines),
    ...duplicateLines(invocations),
    ...facts.flatMap((fact) => factLines(fact, world)),
  ];
}

const TWISTS = {
  deliveredTwice: 'its event is delivered twice',
  rivalBidsMore: 'a rival bids more',
  auctioned: 'private, hinted by MEV-Share',
  hidden: 'public a minute ago, becomes visible by its cutoff alone',
} as const;

const faultLines = ({ error }: Invocation): readonly string[] =>
  error ? [`  FAULT     ${error.errorType}: ${error.errorMessage}`] : [];

function duplicateLines(invocations: readonly Invocation[]): readonly string[] {
  const repeated = invocations.filter(({ result }) => JSON.stringify(result ?? null).includes('"duplicate"'));
  return repeated.map(() => '  duplicate claimed already: nothing done');
}

function factLines(fact: Fact, world: World): readonly string[] {
  switch (fact.state) {
    case 'claimed':
    case 'settled':
      return [];
    case 'missed':
      return [`  MISSED    ${short(fact.borrower)}: ${fact.reason}`];
    case 'undone':
      return [`  UNDONE    ${fact.outcome} in a block that is gone`];
    case 'unknown':
      return [`  UNKNOWN   ${fact.detail}`];
    case 'simulated':
      return !fact.ok ? [`  simulation ${fact.reason}: ${fact.detail}`] : [];
    case 'skipped':
      return [skippedLine(fact)];
    case 'planned':
      return fact.plans.map((plan) => `  planned   ${planText(plan, world)}`);
    case 'sent':
      return fact.submissions.map(({ relay, accepted, error, tookMs }) => {
        const ended = fact.stagesMs.sent ?? 0;
        const latency = ended - (fact.stagesMs.received ?? ended);
        return `  sent      to ${relay}: ${accepted ? 'accepted' : error} (relay ${tookMs.toFixed(0)} ms, ${latency} ms after the event)`;
      });
    case 'included':
      return [
        `  LANDED    ${fact.sameBlock ? 'in the block of the update' : `in block ${fact.block}`}: earned ${ether(fact.grossProfitWei)}, bid ${ether(fact.bidWei)}, gas ${ether(fact.gasCostWei)}, net ${ether(fact.netProfitWei)}`,
        ...fact.items
          .filter((item) => 'failure' in item)
          .map(({ borrower }) => `  failed    ${short(borrower)}`),
      ];
    case 'reverted':
      return [`  REVERTED  cost ${ether(-fact.netProfitWei)}`];
    case 'lost':
      return lostLines(fact);
    case 'expired':
      return ['  EXPIRED   the block came without it, and nobody else took it'];
  }
}

function skippedLine({ reason, borrower, numbers }: Skipped): string {
  if (reason === 'opensNothing') return '  skipped   opens nothing';
  const { grossProfitWei, gasCostWei, bidWei, profitWei } = numbers;
  const sums =
    profitWei === undefined
      ? ''
      : `: earns ${ether(grossProfitWei)}, gas ${ether(gasCostWei)}, bid ${ether(bidWei)}, leaves ${ether(profitWei)}`;
  return `  skipped   ${borrower ? short(borrower) : ''} ${reason}${sums}`;
}

const lostLines = ({ rivals }: Lost): readonly string[] =>
  rivals.map(
    ({ borrower, liquidator, transactionHash }) =>
      `  LOST      ${short(borrower)} to ${short(liquidator)} in ${transactionHash}`,
  );

function planText(plan: PlannedLiquidation, world: World): string {
  const repaid = tokenAmount(plan.debtToCover, plan.debtAsset, world);
  const seized = tokenAmount(plan.seizedCollateral, plan.collateralAsset, world);
  return `${short(plan.borrower)} repay ${repaid}, seize ${seized}, by ${plan.funding}: expects ${ether(plan.profitWei)} after a bid of ${ether(plan.bidWei)}`;
}

function tokenAmount(amount: bigint, address: Address, { tokens }: World): string {
  const token = Object.values(tokens).find((one) => one.address === address);
  return `${Number(formatUnits(amount, token?.decimals)).toLocaleString('en-US', { maximumFractionDigits: 4 })} ${token?.symbol ?? short(address)}`;
}

const ether = (wei: bigint | string | undefined): string =>
  typeof wei === 'bigint' ? `${Number(formatEther(wei)).toFixed(6)} ETH` : '?';

const short = (address: Address): string => `${address.slice(0, 8)}…`;
