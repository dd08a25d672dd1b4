import type { GroupAnswer, OutcomesAnswer, OverviewAnswer, TallyAnswer } from '../answers.ts';
import { box, element, empty, table } from './dom.ts';
import { type Currency, figure, rounded } from './money.ts';
import { short } from './short.ts';

/** Everything of an overview that is words and tables. */
export function showPanels(overview: OverviewAnswer, currency: Currency): void {
  const { groups, total } = overview;
  box('sums').replaceChildren(...tiles(total, currency));
  box('builders').replaceChildren(winRates('Win rate by builder', groups.builder));
  box('triggers').replaceChildren(winRates('Win rate by trigger', groups.trigger));
  box('missed').replaceChildren(missed(groups.reason, currency));
  box('latency').replaceChildren(latency(overview));
  box('pairs').replaceChildren(pairs(groups.pair, currency));
  box('profit-data').replaceChildren(asTable('As a table, by day', byDay(groups.day, currency)));
  box('outcomes-data').replaceChildren(asTable('As a table', outcomes(overview.outcomes)));
  box('outcomes-key').replaceChildren(
    ...Object.keys(overview.outcomes.results).map((name) => element('span', { 'data-result': name }, name)),
  );
  box('duels-data').replaceChildren(duels(overview));
}

// ── Sums ────────────────────────────────────────────────────────────────────────────────────────────────

const AMOUNTS = {
  net: { wei: 'netProfitWei', usd: 'netProfitUsd26' },
  gross: { wei: 'grossProfitWei', usd: 'grossProfitUsd26' },
  bid: { wei: 'bidWei', usd: 'bidUsd26' },
  gas: { wei: 'gasCostWei', usd: 'gasCostUsd26' },
  missed: { wei: 'missedProfitWei', usd: 'missedProfitUsd26' },
} as const;

const amount = (tally: TallyAnswer, name: keyof typeof AMOUNTS, currency: Currency): HTMLElement =>
  currency === 'ETH' ? figure(tally[AMOUNTS[name].wei], 'ETH') : figure(tally.usd[AMOUNTS[name].usd], 'USD');

function tiles(total: TallyAnswer, currency: Currency): readonly HTMLElement[] {
  const { results } = total;
  const { won = 0, lost = 0 } = results;
  const ether = (wei: string) => `${rounded(wei, 'ETH')} ETH`;
  const unpriced = total.unpriced > 0 && currency === 'USD' ? `, ${total.unpriced} without a price` : '';
  return [
    tile('net', 'Net profit', amount(total, 'net', currency), `after all costs${unpriced}`),
    tile(
      'gross',
      'Gross profit',
      amount(total, 'gross', currency),
      `flash fees of ${ether(total.flashFeeWei)} repaid`,
    ),
    tile('bid', 'Paid to builders', amount(total, 'bid', currency), 'from what was earned'),
    tile('gas', 'Gas', amount(total, 'gas', currency), 'failures too'),
    tile('winRate', 'Win rate', percentText(total.winRate), `${won} won, ${lost} lost to rivals`),
    tile('missed', 'Missed', amount(total, 'missed', currency), 'by the plans that did not come true'),
  ];
}

const tile = (name: string, label: string, value: Node | string, note: string): HTMLElement =>
  element(
    'div',
    { 'data-figure': name },
    element('dt', {}, label),
    element('dd', { class: 'value' }, value),
    element('dd', { class: 'note' }, note),
  );

const percentText = (share: number | undefined): string =>
  share === undefined ? '–' : `${(share * 100).toFixed(1)} %`;

// ── Tables with bars ────────────────────────────────────────────────────────────────────────────────────

const contested = ({ results }: TallyAnswer): number =>
  ['won', 'lost', 'expired', 'failed', 'reverted'].reduce((sum, name) => sum + (results[name] ?? 0), 0);

function winRates(caption: string, groups: readonly GroupAnswer[]): HTMLElement {
  const decided = groups.filter((group) => contested(group) > 0).sort((a, b) => contested(b) - contested(a));
  if (decided.length === 0) return empty('No bundle is decided in this period.');
  const columns = [
    { title: 'Name' },
    { title: 'Won of sent', number: true },
    { title: 'Rate', number: true },
    { title: 'Share', unseen: true },
  ];
  return table(
    caption,
    columns,
    decided.map((group) => [
      name(group),
      `${group.results.won ?? 0} of ${contested(group)}`,
      percentText(group.winRate),
      bar(`Win rate of ${group.name}`, group.winRate ?? 0),
    ]),
  );
}

const name = (group: GroupAnswer): string => (group.key === 'none' ? 'not known' : short(group.name));

const bar = (label: string, share: number, kind?: string): HTMLTableCellElement =>
  element(
    'td',
    { class: 'meter' },
    element('meter', { min: '0', max: '1', value: String(share), 'aria-label': label, class: kind }),
  );

function missed(groups: readonly GroupAnswer[], currency: Currency): HTMLElement {
  const size = ({ missedProfitWei }: GroupAnswer) => Number(missedProfitWei);
  const some = groups
    .filter(({ missedProfitWei }) => missedProfitWei !== '0')
    .sort((a, b) => size(b) - size(a));
  if (some.length === 0) return empty('Nothing was missed in this period.');
  const most = Math.max(...some.map((group) => Math.abs(size(group))));
  const columns = [
    { title: 'Reason' },
    { title: 'Borrowers', number: true },
    { title: `Missed, ${currency}`, number: true },
    { title: 'Share', unseen: true },
  ];
  return table(
    'Missed profit by reason',
    columns,
    some.map((group) => [
      group.key,
      `${linesOf(group)}`,
      amount(group, 'missed', currency),
      bar(`Share of ${group.key}`, Math.max(0, size(group)) / most, 'missed'),
    ]),
  );
}

const linesOf = ({ results }: GroupAnswer): number =>
  Object.values(results).reduce((sum, count) => sum + count, 0);

function latency({ latencies }: OverviewAnswer): HTMLElement {
  if (latencies.length === 0) return empty('No bundle was sent in this period.');
  const most = Math.max(...latencies.map(({ p95Ms }) => p95Ms));
  const columns = [
    { title: 'Stage' },
    ...['p50', 'p95', 'p99'].map((title) => ({ title, number: true })),
    { title: 'p95' },
  ];
  return table(
    'Latency percentiles by stage',
    columns,
    latencies.map(({ stage, p50Ms, p95Ms, p99Ms }) => [
      stage,
      ...[p50Ms, p95Ms, p99Ms].map(milliseconds),
      bar(`p95 of ${stage}`, p95Ms / most),
    ]),
  );
}

const milliseconds = (ms: number): string =>
  `${ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-US')} ms`;

// ── Plain tables ────────────────────────────────────────────────────────────────────────────────────────

const MOST_PAIRS = 8;

function pairs(groups: readonly GroupAnswer[], currency: Currency): HTMLElement {
  const sorted = groups
    .filter(({ key }) => key !== 'none')
    .sort((a, b) => Number(b.netProfitWei) - Number(a.netProfitWei));
  if (sorted.length === 0) return empty('No borrower was open in this period.');
  const columns = [
    { title: 'Pair' },
    { title: 'Won of sent', number: true },
    { title: `Net, ${currency}`, number: true },
  ];
  return table(
    'Net profit by pair',
    columns,
    sorted
      .slice(0, MOST_PAIRS)
      .map((group) => [
        name(group),
        `${group.results.won ?? 0} of ${contested(group)}`,
        amount(group, 'net', currency),
      ]),
  );
}

const asTable = (title: string, content: HTMLElement): HTMLElement =>
  element(
    'details',
    {},
    element('summary', {}, title),
    element('div', { class: 'scroll', tabindex: '0' }, content),
  );

function byDay(groups: readonly GroupAnswer[], currency: Currency): HTMLElement {
  const columns = [
    { title: 'Day, UTC' },
    ...['Won', 'Lost', 'Gross', 'Bid', 'Gas', `Net, ${currency}`].map((title) => ({ title, number: true })),
  ];
  return table(
    'Net profit by day',
    columns,
    groups.map((group) => [
      group.key,
      `${group.results.won ?? 0}`,
      `${group.results.lost ?? 0}`,
      ...(['gross', 'bid', 'gas', 'net'] as const).map((sum) => amount(group, sum, currency)),
    ]),
  );
}

function outcomes({ atSeconds, results }: OutcomesAnswer): HTMLElement {
  const names = Object.keys(results);
  const columns = [{ title: 'From, UTC' }, ...names.map((title) => ({ title, number: true }))];
  return table(
    'Outcomes over time',
    columns,
    atSeconds.map((at, index) => [moment(at), ...names.map((result) => `${results[result]?.[index] ?? 0}`)]),
  );
}

function duels({ duels: all }: OverviewAnswer): HTMLElement {
  if (all.length === 0) return element('div');
  const columns = [
    { title: 'Update, UTC' },
    ...['We bid, ETH', 'Rival paid, ETH'].map((title) => ({ title, number: true })),
  ];
  return asTable(
    'As a table',
    table(
      'Our bid against the rival’s payment',
      columns,
      all.map(({ atSeconds, offeredWei, rivalPaidWei }) => [
        moment(atSeconds),
        figure(offeredWei, 'ETH'),
        figure(rivalPaidWei, 'ETH'),
      ]),
    ),
  );
}

const moment = (seconds: number): string =>
  new Date(seconds * 1_000).toISOString().slice(0, 16).replace('T', ' ');
