import uPlot from 'uplot';
import type { DuelAnswer, OutcomesAnswer, OverviewAnswer } from '../answers.ts';
import { empty } from './dom.ts';
import { etherNumber } from './money.ts';
import { colour } from './theme.ts';

/** Drawn anew with its container's width; what it shows is said in words to whoever does not see it. */
export class Chart {
  readonly #container: HTMLElement;
  #plot: uPlot | undefined;
  #draw: (() => uPlot | undefined) | undefined;

  constructor(container: HTMLElement) {
    this.#container = container;
    new ResizeObserver(() => this.#plot?.setSize(sizeOf(container))).observe(container);
  }

  show(label: string, options: (size: Size) => uPlot.Options, data: uPlot.AlignedData): void {
    this.#draw = () => {
      const plot = new uPlot({ ...options(sizeOf(this.#container)) }, data, this.#container);
      return plot;
    };
    this.#container.setAttribute('role', 'img');
    this.#container.setAttribute('aria-label', label);
    this.redraw();
  }

  showNothing(text: string): void {
    this.#draw = undefined;
    this.#container.removeAttribute('role');
    this.#container.removeAttribute('aria-label');
    this.#clear();
    this.#container.append(empty(text));
  }

  /** After a change of colours. */
  redraw(): void {
    if (this.#draw === undefined) return;
    this.#clear();
    this.#plot = this.#draw();
  }

  #clear(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#container.replaceChildren();
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const sizeOf = ({ clientWidth, clientHeight }: HTMLElement): Size => ({
  width: Math.max(clientWidth, 200),
  height: Math.max(clientHeight, 120),
});

const utc = (seconds: number): Date => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC');

const FONT = '12px system-ui, "DejaVu Sans", sans-serif';

function axes(unit: string, vertical: uPlot.Axis = {}): uPlot.Axis[] {
  const look = {
    stroke: colour('--quiet'),
    font: FONT,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1, size: 4 },
  };
  const times = (_: uPlot, splits: number[], __: number, ___: number, step: number) =>
    splits.map((split) => timeText(split, step));
  const values = (_: uPlot, splits: (number | null)[]) =>
    splits.map((split) => (split === null ? '' : `${compact(split)}${unit}`));
  return [
    { ...look, grid: { show: false }, values: times, space: 84, size: 32 },
    { ...look, size: 72, values, ...vertical },
  ];
}

/** UTC; as fine as the axis is divided. */
function timeText(seconds: number, step: number): string {
  const iso = new Date(seconds * 1_000).toISOString();
  if (step >= 86_400) return iso.slice(5, 10);
  return step >= 60 ? iso.slice(11, 16) : iso.slice(11, 19);
}

const compact = (value: number): string =>
  new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 }).format(value);

const plain = { tzDate: utc, legend: { show: false }, cursor: { drag: { x: false, y: false } } } as const;

export function showProfit(chart: Chart, { cumulative }: OverviewAnswer): void {
  const last = cumulative.at(-1);
  if (last === undefined) {
    chart.showNothing('No bundle of ours is in the chain in this period.');
    return;
  }
  const data: uPlot.AlignedData = [
    cumulative.map(({ atSeconds }) => atSeconds),
    cumulative.map(({ netProfitWei }) => etherNumber(netProfitWei)),
  ];
  const series = () => ({
    stroke: colour('--accent'),
    fill: colour('--accent-soft'),
    width: 2,
    paths: uPlot.paths.stepped?.({ align: 1 }),
    points: { show: cumulative.length < 40, size: 5, fill: colour('--accent') },
  });
  const options = (size: Size): uPlot.Options => ({
    ...plain,
    ...size,
    scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(high * 1.05, low + 1e-9)] } },
    axes: axes(' ETH'),
    series: [{}, series()],
  });
  chart.show(
    `Cumulative net profit: ${cumulative.length} points, ${compact(etherNumber(last.netProfitWei))} ETH at the end.`,
    options,
    data,
  );
}

/** Bars on top of each other: each is drawn up to the sum of itself and all below it, the highest first. */
export function showOutcomes(chart: Chart, { widthSeconds, atSeconds, results }: OutcomesAnswer): void {
  const names = Object.keys(results);
  if (atSeconds.length === 0) {
    chart.showNothing('Nothing was open to decide in this period.');
    return;
  }
  const sums = names.map((_, top) =>
    atSeconds.map((__, at) =>
      names.slice(0, top + 1).reduce((sum, name) => sum + (results[name]?.[at] ?? 0), 0),
    ),
  );
  const order = names.map((_, index) => names.length - 1 - index);
  const bars = uPlot.paths.bars?.({ size: [0.72, 46] });
  const options = (size: Size): uPlot.Options => ({
    ...plain,
    ...size,
    scales: {
      x: { range: (_, low, high) => [low - widthSeconds / 2, high + widthSeconds / 2] },
      y: { range: (_, __, high) => [0, Math.max(high, 1) * 1.05] },
    },
    axes: axes(''),
    series: [
      {},
      ...order.map((index) => {
        const fill = colour(`--${names[index]}`) || colour('--skipped');
        return { fill, stroke: fill, width: 0, paths: bars, points: { show: false } };
      }),
    ],
  });
  const total = (name: string) => results[name]?.reduce((sum, count) => sum + count, 0) ?? 0;
  chart.show(`Outcomes over time: ${names.map((name) => `${total(name)} ${name}`).join(', ')}.`, options, [
    [...atSeconds],
    ...order.map((index) => sums[index] ?? []),
  ]);
}

/** What each rival paid as a share of what we had offered: above the line he outbid us, below it he was luckier. */
export function showDuels(chart: Chart, duels: readonly DuelAnswer[]): void {
  // Of nothing there is no share.
  const paid = duels.filter(({ offeredWei, rivalPaidWei }) => offeredWei !== '0' && rivalPaidWei !== '0');
  if (paid.length === 0) {
    chart.showNothing('No loss to a rival whose payment is known in this period.');
    return;
  }
  const sorted = paid.toSorted((a, b) => a.atSeconds - b.atSeconds);
  const extent = padded(sorted[0]?.atSeconds ?? 0, sorted.at(-1)?.atSeconds ?? 0);
  const shares = sorted.map(
    ({ offeredWei, rivalPaidWei }) => (100 * etherNumber(rivalPaidWei)) / etherNumber(offeredWei),
  );
  const options = (size: Size): uPlot.Options => ({
    ...plain,
    ...size,
    scales: {
      x: { range: () => extent },
      y: { distr: 3, range: (_, low, high) => [doubling(low, 'below'), doubling(high, 'above')] },
    },
    axes: axes(' %', doublings),
    series: [
      {},
      { stroke: colour('--accent'), width: 1.5, points: { show: false } },
      {
        ...{ stroke: colour('--lost'), width: 0, paths: () => null },
        points: { show: true, size: 6, width: 1, stroke: colour('--card'), fill: colour('--lost'), space: 0 },
      },
    ],
  });
  const outbid = shares.filter((share) => share > 100).length;
  chart.show(
    `What rivals paid, in percent of our bid, in ${paid.length} lost races: in ${outbid} it was more; the table has each.`,
    options,
    [sorted.map(({ atSeconds }) => atSeconds), sorted.map(() => 100), shares],
  );
}

/** Twice as much is one step. */
const doublings: Pick<uPlot.Axis, 'splits' | 'filter'> = {
  splits: (_, __, low, high) => {
    const splits: number[] = [];
    for (let at = low; at <= high * 1.001; at *= 2) splits.push(at);
    return splits;
  },
  filter: (_, splits) => splits,
};

/** 100 % times a power of two, beyond the value. */
const doubling = (share: number, side: 'below' | 'above'): number => {
  const steps = Math.log2(share / 100);
  return 100 * 2 ** (side === 'below' ? Math.min(-1, Math.floor(steps)) : Math.max(1, Math.ceil(steps)));
};

/** A single point in time needs room on both sides. */
const padded = (low: number, high: number): [number, number] => {
  const margin = Math.max((high - low) * 0.05, 60);
  return [low - margin, high + margin];
};
