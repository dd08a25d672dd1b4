import type { Address } from '../../../../lib/hex.ts';
import { accountDifferences, difference } from './compare.ts';
import type { FuzzMarket } from './market.ts';
import { type Block, type Played, play } from './play.ts';
import { type Prediction, predict } from './predict.ts';
import type { Attempt } from './steps.ts';
import { marketOf, type View, viewOf } from './view.ts';

/** One attempt with what the model said of it and what became of it. */
export interface Compared {
  readonly attempt: Attempt;
  readonly prediction: Prediction;
  readonly played: Played;
}

export interface BlockResult {
  readonly compared: readonly Compared[];
  readonly differences: readonly string[];
  readonly view: View;
}

/** Plays blocks one after the other on one market, with the model beside it. */
export class Session {
  readonly #market: FuzzMarket;
  #prices: ReadonlyMap<Address, bigint>;
  #view: View | undefined;

  constructor(market: FuzzMarket) {
    this.#market = market;
    this.#prices = new Map();
  }

  async run(block: Block): Promise<BlockResult> {
    const before = this.#view ?? (await viewOf(this.#market, this.#prices));
    const timestamp = before.timestamp + block.secondsLater;
    this.#prices = new Map([...this.#prices, ...block.prices]);
    const played = await play(this.#market, block, timestamp);
    const view = await viewOf(this.#market, this.#prices);
    this.#view = view;
    if (block.attempts.length === 0) return { compared: [], differences: [], view };
    return { view, ...this.#compare(block, before, timestamp, played, view) };
  }

  #compare(
    block: Block,
    before: View,
    timestamp: number,
    played: readonly Played[],
    after: View,
  ): Omit<BlockResult, 'view'> {
    let progress = { market: marketOf(before, timestamp, block.prices), accounts: before.accounts };
    const compared: Compared[] = [];
    const differences: string[] = [];
    for (const [index, attempt] of block.attempts.entries()) {
      const prediction = predict(progress, attempt);
      const real = played[index] ?? { succeeded: false, returned: '0x' };
      const differs = difference(this.#market, attempt, prediction.result, real);
      if (differs !== undefined) differences.push(`attempt ${index}: ${differs}`);
      compared.push({ attempt, prediction, played: real });
      progress = prediction.after;
    }
    return { compared, differences: [...differences, ...accountDifferences(progress.accounts, after)] };
  }
}
