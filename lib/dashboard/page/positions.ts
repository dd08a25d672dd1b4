import type { PositionsAnswer } from '../answers.ts';
import { box, element, empty, table } from './dom.ts';
import { short } from './short.ts';

/** Who is nearest to liquidation, by the racer's own book. */
export function showPositions({ seen, positions }: PositionsAnswer): void {
  box('positions-seen').textContent = seen ? `block ${seen.headBlock}, ${time(seen.atMs)} UTC` : '';
  box('positions').replaceChildren(positions.length === 0 ? empty(noPositions(seen)) : nearest(positions));
}

const noPositions = (seen: PositionsAnswer['seen']): string =>
  seen === undefined
    ? 'The racing Lambda has not looked yet: it does while it follows the chain.'
    : 'Nobody owes anything.';

const nearest = (positions: PositionsAnswer['positions']): HTMLElement =>
  element(
    'div',
    { class: 'scroll low', tabindex: '0', role: 'region', 'aria-label': 'Positions nearest to liquidation' },
    table(
      'Positions nearest to liquidation',
      [
        ...['Borrower', 'Pair'].map((title) => ({ title })),
        ...['Health', 'Debt'].map((title) => ({ title, number: true })),
      ],
      positions.map(({ borrower, pair, protocol, healthFactor, debt }) => [
        element('span', { class: 'address', title: `${borrower} of ${protocol}` }, short(borrower)),
        element('span', { title: pair }, short(pair)),
        element('span', { title: healthFactor }, fourDigits(healthFactor)),
        element('span', { title: debt }, debtText(debt)),
      ]),
    ),
  );

/** Rounded down: 0.99999 must not look like 1. */
function fourDigits(decimal: string): string {
  const [whole, fraction = ''] = decimal.split('.');
  return `${whole}.${fraction.padEnd(4, '0').slice(0, 4)}`;
}

/** `1234.5678 USDC` in whole units: the pair has named the token. */
function debtText(debt: string): string {
  const [amount = ''] = debt.split(' ');
  const whole = amount.split('.')[0] ?? amount;
  return /^\d+$/.test(whole) ? BigInt(whole).toLocaleString('en-US') : whole;
}

const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
