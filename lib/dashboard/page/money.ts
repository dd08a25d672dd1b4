import { element } from './dom.ts';

export type Currency = 'ETH' | 'USD';

const ETHER_DECIMALS = 18;
const USD_DECIMALS = 26;

/** An amount to be read, with the exact one in its title. */
export function figure(raw: string, currency: Currency): HTMLElement {
  const exact = decimal(raw, currency === 'ETH' ? ETHER_DECIMALS : USD_DECIMALS);
  return element(
    'span',
    { 'data-exact': raw, title: `${exact} ${currency}` },
    rounded(raw, currency),
    element('span', { class: 'unit' }, currency),
  );
}

/** Ether to five digits after the point at most, dollars to the cent; rounded half away from zero. */
export function rounded(raw: string, currency: Currency): string {
  const [decimals, digits] = currency === 'ETH' ? [ETHER_DECIMALS, etherDigits(raw)] : [USD_DECIMALS, 2];
  const unit = 10n ** BigInt(decimals - digits);
  const amount = BigInt(raw);
  const magnitude = amount < 0n ? -amount : amount;
  const [whole = '0', fraction = ''] = decimal(`${(magnitude + unit / 2n) / unit}`, digits).split('.');
  const sign = amount < 0n && magnitude >= unit / 2n ? '−' : '';
  const padded = digits === 0 ? '' : `.${fraction.padEnd(digits, '0')}`;
  return `${sign}${BigInt(whole).toLocaleString('en-US')}${padded}`;
}

/** As a chart's axis has it. */
export const etherNumber = (wei: string): number => Number(decimal(wei, ETHER_DECIMALS));

function etherDigits(wei: string): number {
  const amount = Math.abs(Number(wei)) / 1e18;
  if (amount === 0) return 2;
  return amount >= 100 ? 2 : amount >= 0.1 ? 4 : 6;
}

function decimal(raw: string, decimals: number): string {
  const negative = raw.startsWith('-');
  const digits = (negative ? raw.slice(1) : raw).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}
