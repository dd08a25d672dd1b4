import { afterAll, beforeAll, describe } from 'vitest';
import { loadCurve } from '../../functions/wiring/curve.ts';
import { computeWith } from '../../lib/ethereum/secp256k1.ts';

/** The same tests with the curve in JavaScript, and with libsecp256k1. */
export function onEachCurve(what: string, tests: () => void): void {
  describe.each([
    ['in JavaScript', async () => computeWith(undefined)],
    ['by libsecp256k1', loadCurve],
  ])(`${what} %s`, (_, begin) => {
    beforeAll(begin);
    afterAll(() => computeWith(undefined));
    tests();
  });
}
