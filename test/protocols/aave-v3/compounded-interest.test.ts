import { expect, test } from 'vitest';
import {
  binomialInterest,
  linearInterest,
  SECONDS_PER_YEAR,
  taylorInterest,
} from '../../../lib/protocols/aave-v3/compounded-interest.ts';

const RAY = 10n ** 27n;
const TEN_PERCENT = RAY / 10n;

test('no time, no interest', () => {
  expect([
    linearInterest(TEN_PERCENT, 0n),
    binomialInterest(TEN_PERCENT, 0n),
    taylorInterest(TEN_PERCENT, 0n),
  ]).toEqual([RAY, RAY, RAY]);
});

test('10 % for a year is 1.1 linearly and 1 + 0.1 + 0.1²/2 + 0.1³/6 by the exponential series', () => {
  expect(linearInterest(TEN_PERCENT, SECONDS_PER_YEAR)).toBe((RAY * 11n) / 10n);
  expect(taylorInterest(TEN_PERCENT, SECONDS_PER_YEAR)).toBe(1_105_166_666_666_666_666_666_666_667n);
});

test('the older series compounds by the second: one second is linear, two have one quadratic term', () => {
  const rate = 31_536_000n * 10n ** 20n; // 1e20 ray a second
  expect(binomialInterest(rate, 1n)).toBe(RAY + 10n ** 20n);
  // 2·1e20 + (2·1/2)·(1e20²/1e27)
  expect(binomialInterest(rate, 2n)).toBe(RAY + 2n * 10n ** 20n + 10n ** 13n);
  // 3·1e20 + (3·2/2)·1e13 + (3·2·1/6)·1e6
  expect(binomialInterest(rate, 3n)).toBe(RAY + 3n * 10n ** 20n + 3n * 10n ** 13n + 10n ** 6n);
});

test('both series agree to better than a part in 100,000 over a year at 50 %', () => {
  const [older, newer] = [
    binomialInterest(RAY / 2n, SECONDS_PER_YEAR),
    taylorInterest(RAY / 2n, SECONDS_PER_YEAR),
  ];
  expect(older).not.toBe(newer);
  expect(newer - older).toBeLessThan(RAY / 100_000n);
});
