import type { SkipReason } from '../../decision.ts';
import type { LineResult } from '../../ledger/line.ts';
import type { OpportunitiesAnswer, OpportunityRow } from '../answers.ts';
import { getOpportunities } from './api.ts';
import { box, byId, element, empty, table } from './dom.ts';
import { figure } from './money.ts';
import { short } from './short.ts';

/** All of them: the compiler misses one that is forgotten. */
const SKIPPED = {
  ...{ unprofitable: true, noRoute: true, noRoom: true, refusedByProtocol: true, refusedByPolicy: true },
  ...{
    simulationReverted: true,
    tooLate: true,
    forgedReport: true,
    paused: true,
    dryRun: true,
    quarantined: true,
  },
  ...{ racedTogether: true, takenBack: true },
} as const satisfies { readonly [R in Exclude<SkipReason, 'opensNothing'>]: true };

const RESULTS = {
  ...{ won: true, lost: true, expired: true, failed: true, reverted: true, withdrawn: true, missed: true },
  ...{ open: true, unknown: true, undecided: true },
} as const satisfies { readonly [R in Exclude<LineResult, 'skipped'>]: true };

const OUTCOMES: readonly (readonly [value: string, label: string])[] = [
  ['', 'All opportunities'],
  ...Object.keys(RESULTS).map((one) => [one, one] as const),
  ...Object.keys(SKIPPED).map((one) => [one, `skipped: ${one}`] as const),
  ['quiet', 'Updates that opened nothing'],
];

/** A person types faster than a search is worth. */
const PAUSE_MS = 250;

/** The table of opportunities: asks the server for one page at a time. */
export class Opportunities {
  readonly #tellStory: (updateId: string) => void;
  #range: string;
  #search = '';
  #outcome = '';
  /** Where each page up to this one begins. */
  #cursors: readonly string[] = [''];
  #next: string | undefined;
  #asked = 0;
  #shown = '';

  constructor(range: string, tellStory: (updateId: string) => void, onFault: (fault: unknown) => void) {
    this.#range = range;
    this.#tellStory = tellStory;
    const reload = (): void => {
      this.#cursors = [''];
      this.refresh().catch(onFault);
    };
    let timer = 0;
    const search = byId('search', HTMLInputElement);
    search.addEventListener('input', () => {
      clearTimeout(timer);
      this.#search = search.value;
      timer = window.setTimeout(reload, PAUSE_MS);
    });
    const outcome = byId('outcome', HTMLSelectElement);
    outcome.append(...OUTCOMES.map(([value, label]) => element('option', { value }, label)));
    outcome.addEventListener('change', () => {
      this.#outcome = outcome.value;
      reload();
    });
    byId('older', HTMLButtonElement).addEventListener('click', () => this.#turn(1, onFault));
    byId('newer', HTMLButtonElement).addEventListener('click', () => this.#turn(-1, onFault));
  }

  /** The next `refresh` asks for the newest of this range. */
  startOver(range: string): void {
    this.#range = range;
    this.#cursors = [''];
  }

  /** The same page again; an answer that a later question has overtaken is dropped. */
  async refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const question = { range: this.#range, search: this.#search, outcome: this.#outcome };
    const answer = await getOpportunities({ ...question, cursor: this.#cursors.at(-1) ?? '' });
    const text = JSON.stringify([answer, this.#cursors.length]);
    if (asked !== this.#asked || text === this.#shown) return;
    this.#shown = text;
    this.#show(answer);
  }

  #turn(step: 1 | -1, onFault: (fault: unknown) => void): void {
    if (step === 1 && this.#next !== undefined) this.#cursors = [...this.#cursors, this.#next];
    if (step === -1 && this.#cursors.length > 1) this.#cursors = this.#cursors.slice(0, -1);
    this.refresh().catch(onFault);
  }

  #show({ rows, next, searchedToDay }: OpportunitiesAnswer): void {
    this.#next = next;
    const focused = document.activeElement?.getAttribute('data-update');
    box('opportunities').replaceChildren(
      rows.length === 0 ? empty('Nothing here matches.') : this.#table(rows),
    );
    const again = [...document.querySelectorAll<HTMLElement>('button.story')].find(
      (button) => button.dataset.update === focused,
    );
    again?.focus();
    byId('newer', HTMLButtonElement).disabled = this.#cursors.length === 1;
    byId('older', HTMLButtonElement).disabled = next === undefined;
    box('pages').textContent =
      `Page ${this.#cursors.length} · ${rows.length} shown · back to ${searchedToDay}`;
  }

  #table(rows: readonly OpportunityRow[]): HTMLElement {
    const columns = [
      ...['Update, UTC', 'Outcome', 'Borrower', 'Pair', 'Feed', 'Builder'].map((title) => ({ title })),
      ...['Our bid, ETH', 'Rival paid', 'Net', 'Missed'].map((title) => ({ title, number: true })),
    ];
    return table(
      'Opportunities, the newest first',
      columns,
      rows.map((row) => this.#cells(row)),
    );
  }

  #cells(row: OpportunityRow) {
    const open = element(
      'button',
      { type: 'button', class: 'story', 'data-update': row.updateId, title: 'Tell the story of this update' },
      row.at.replace('T', ' ').slice(0, 19),
    );
    open.addEventListener('click', () => this.#tellStory(row.updateId));
    const result = element('span', { class: 'result', 'data-result': row.result }, row.reason || row.result);
    return [
      open,
      result,
      element('span', { class: 'address', title: row.borrower }, short(row.borrower)),
      element('span', { title: row.pair }, short(row.pair)),
      row.feed,
      short(row.builder),
      row.offeredBidWei === undefined ? '' : figure(row.offeredBidWei, 'ETH'),
      row.rivalPaidWei === undefined ? '' : figure(row.rivalPaidWei, 'ETH'),
      row.netProfitWei === '0' ? '' : figure(row.netProfitWei, 'ETH'),
      row.missedProfitWei === '0' ? '' : figure(row.missedProfitWei, 'ETH'),
    ];
  }
}
