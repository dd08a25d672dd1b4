import type { OverviewAnswer, PositionsAnswer } from '../answers.ts';
import { getOverview, getPositions } from './api.ts';
import { Chart, showDuels, showOutcomes, showProfit } from './charts.ts';
import { box, element, segments } from './dom.ts';
import type { Currency } from './money.ts';
import { Opportunities } from './opportunities.ts';
import { showPanels } from './panels.ts';
import { showPositions } from './positions.ts';
import { startStory } from './story.ts';
import { chosenTheme, startTheme } from './theme.ts';

/** How often a page that somebody looks at asks again. */
const REFRESH_MS = 3_000;

const charts = {
  profit: new Chart(box('profit')),
  outcomes: new Chart(box('outcomes')),
  duels: new Chart(box('duels')),
};
const setTheme = startTheme(() => {
  for (const chart of Object.values(charts)) chart.redraw();
});
let range = '30d';
let currency: Currency = 'ETH';
let overview: OverviewAnswer | undefined;
let positions: PositionsAnswer | undefined;
const opportunities = new Opportunities(range, startStory(showFault), showFault);

function show(): void {
  if (overview === undefined) return;
  showPanels(overview, currency);
  showProfit(charts.profit, overview);
  showOutcomes(charts.outcomes, overview.outcomes);
  showDuels(charts.duels, overview.duels);
  const { fromDay, toDay, isPast } = overview.range;
  const days = fromDay === toDay ? fromDay : `${fromDay} to ${toDay}`;
  const updates = `${overview.updates.toLocaleString('en-US')} oracle updates`;
  box('period').textContent = `${days} UTC · ${updates}${isPast ? ' · the newest there are' : ''}`;
}

/** Each shown as soon as it is there. */
async function refresh(): Promise<void> {
  await Promise.all([refreshOverview(), refreshPositions(), opportunities.refresh()]);
  box('fault').hidden = true;
}

/** What has not changed is not drawn again: a chart that flickers is not calm. */
async function refreshOverview(): Promise<void> {
  const asked = range;
  const answer = await getOverview(asked);
  if (asked !== range || JSON.stringify(answer) === JSON.stringify(overview)) return;
  overview = answer;
  show();
}

async function refreshPositions(): Promise<void> {
  const answer = await getPositions();
  if (JSON.stringify(answer) === JSON.stringify(positions)) return;
  positions = answer;
  showPositions(answer);
}

function showFault(fault: unknown): void {
  const text = fault instanceof Error ? fault.message : String(fault);
  box('fault').replaceChildren(`What you see may be out of date. ${text}`);
  box('fault').hidden = false;
}

async function keepFresh(): Promise<never> {
  for (;;) {
    if (document.visibilityState === 'visible') await refresh().catch(showFault);
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

segments(
  box('ranges'),
  [
    ['1d', '1 day'],
    ['7d', '7 days'],
    ['30d', '30 days'],
    ['90d', '90 days'],
    ['365d', '1 year'],
  ],
  range,
  (chosen) => {
    range = chosen;
    opportunities.startOver(range);
    refresh().catch(showFault);
  },
);
segments(
  box('currencies'),
  [
    ['ETH', 'ETH'],
    ['USD', 'USD'],
  ],
  currency,
  (chosen) => {
    currency = chosen === 'USD' ? 'USD' : 'ETH';
    show();
  },
);
segments(
  box('themes'),
  [
    ['auto', 'Auto'],
    ['light', 'Light'],
    ['dark', 'Dark'],
  ],
  chosenTheme(),
  setTheme,
);
box('duels-key').append(
  element('span', { 'data-result': 'won' }, 'our bid is 100 %'),
  element('span', { 'data-result': 'lost' }, 'rival paid'),
);
await keepFresh();
