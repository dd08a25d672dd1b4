import type { Opportunity, Sequel } from '../domain.ts';
import { isSamePair } from '../protocols/asset-pair.ts';
import {
  better,
  type Choice,
  chosen,
  exactly,
  positionOf,
  type Sized,
  sizedAt,
  type Weighed,
  weigh,
} from './choice.ts';
import type { Liquidity } from './liquidity.ts';

/** One liquidation of a position, and all that was weighed beside it. */
export interface Part {
  readonly weighed: Weighed;
  readonly choice: Choice;
}

/** So many first liquidations are tried, and after each of them so many second ones. */
const LEADS: readonly number[] = [3, 1];

/**
 * One liquidation, or several of different pairs one after the other where they leave more: each on what those before
 * it leave of the position and of the pools.
 * @param alone the best single one
 */
export function bestSequence(
  alone: Part,
  liquidity: Liquidity,
  gasPriceWei: bigint,
  [mostLeads = 0, ...later]: readonly number[] = LEADS,
): readonly Part[] {
  if (mostLeads === 0) return [alone];
  let best: readonly Part[] = [alone];
  for (const { sized, sequel, followers, promisedWei } of leadsOf(alone, mostLeads, gasPriceWei)) {
    if (promisedWei <= Number(netOf(best))) break;
    const choice = exactly(sized, gasPriceWei);
    if (choice === undefined) continue;
    const after = liquidity.after(choice.deal.poolsAfter);
    const open = sequel.after(choice.quote.debtToCover, followers.best);
    const weighed = weigh(positionOf(open, after), after, gasPriceWei);
    const next = chosen(weighed, gasPriceWei);
    if (next === undefined) continue;
    const rest = bestSequence({ weighed, choice: next }, after, gasPriceWei, later);
    const sequence = [{ weighed: alone.weighed, choice }, ...rest];
    if (netOf(sequence) > netOf(best)) best = sequence;
  }
  return best;
}

const netOf = (parts: readonly Part[]): bigint => parts.reduce((sum, { choice }) => sum + choice.netWei, 0n);

interface Lead {
  readonly sized: Sized;
  readonly sequel: Sequel;
  readonly followers: Followers;
  /** With the best of another pair, as if that lost nothing by coming second. */
  readonly promisedWei: number;
}

/** In the size that is best alone, and in those up to which much is left open. The most promising first. */
function leadsOf(
  { weighed, choice: { netWei } }: Part,
  mostLeads: number,
  gasPriceWei: bigint,
): readonly Lead[] {
  const byPromise = (a: { promisedWei: number }, b: { promisedWei: number }) => b.promisedWei - a.promisedWei;
  return weighed.position.candidates
    .flatMap(({ opportunity }) => {
      const own = weighed.sized.find(({ prospect: { way } }) => way.opportunity === opportunity);
      if (own === undefined || opportunity.sequel === undefined) return [];
      const followers = followersOf(weighed, opportunity);
      const promisedWei = own.look.netWei + followers.netWei;
      return promisedWei > Number(netWei) ? [{ own, followers, promisedWei }] : [];
    })
    .sort(byPromise)
    .slice(0, mostLeads)
    .flatMap(({ own, followers }) => leadsBy(own, followers, weighed, gasPriceWei))
    .sort(byPromise)
    .slice(0, mostLeads);
}

function leadsBy(own: Sized, followers: Followers, weighed: Weighed, gasPriceWei: bigint): readonly Lead[] {
  const { opportunity } = own.prospect.way;
  const sequel = opportunity.sequel?.();
  if (sequel === undefined) return [];
  return [
    ...(own.look.size < Number(sequel.kinks.at(-1) ?? 0n) ? [own] : []),
    ...sequel.kinks.flatMap((size) => bestAt(weighed, opportunity, size, Number(gasPriceWei)) ?? []),
  ].map((sized) => ({ sized, sequel, followers, promisedWei: sized.look.netWei + followers.netWei }));
}

/** What may come after another. */
interface Followers {
  readonly best: readonly Opportunity[];
  /** Of the best of them, as things are. */
  readonly netWei: number;
}

/** The best that seizes something else, and the best that seizes the same: what leaves little alone leaves little then. */
function followersOf({ sized }: Weighed, lead: Opportunity): Followers {
  const others = sized.filter(({ prospect: { way } }) => !isSamePair(way.opportunity, lead));
  const seizesTheSame = ({ prospect: { way } }: Sized) =>
    way.opportunity.collateralAsset === lead.collateralAsset;
  const best = [others.find((one) => !seizesTheSame(one)), others.find(seizesTheSame)].flatMap(
    (one) => one ?? [],
  );
  return {
    best: best.map(({ prospect: { way } }) => way.opportunity),
    netWei: Math.max(...best.map(({ look }) => look.netWei)),
  };
}

function bestAt(
  { approaches }: Weighed,
  opportunity: Opportunity,
  debtToCover: bigint,
  gasPriceWei: number,
): Sized | undefined {
  const quote = opportunity.quote(debtToCover);
  if (quote === undefined) return undefined;
  return approaches
    .filter(({ candidate, loan }) => candidate.opportunity === opportunity && !loan?.isOutdone)
    .flatMap((approach) => sizedAt(approach, quote, gasPriceWei) ?? [])
    .reduce<Sized | undefined>(better, undefined);
}
