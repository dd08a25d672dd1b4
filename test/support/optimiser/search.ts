/** Of a debt, one for each call. */
export type Shares = readonly number[];

/** More than any debt. */
export const EVERYTHING = 10;
const BISECTIONS = 24;
const OFFSETS = [-1, -0.4, 0, 0.4, 1];

export const partOf = (debt: bigint, share: number): bigint =>
  (debt * BigInt(Math.round(share * 1e12))) / 10n ** 12n;

/** Both sides of every point at which the answer changes from one coarse share to the next, by bisection. */
export async function edgesOf(
  coarse: Shares,
  executes: (share: number) => Promise<boolean>,
): Promise<Shares> {
  const found: number[] = [];
  for (const [index, low] of coarse.entries()) {
    const high = coarse[index + 1];
    if (high === undefined) break;
    const isAccepted = await executes(low);
    if (isAccepted === (await executes(high))) continue;
    let [from, to] = [low, Math.min(high, 1)];
    for (let step = 0; step < BISECTIONS; step += 1) {
      const middle = (from + to) / 2;
      if ((await executes(middle)) === isAccepted) from = middle;
      else to = middle;
    }
    found.push(from, to);
  }
  return found;
}

/** On a grid of this width around the first two shares. */
export function neighbours([first = 0, second, ...rest]: Shares, width: number): readonly Shares[] {
  const around = (share: number) => OFFSETS.map((step) => share * (1 + width * step));
  if (second === undefined) return around(first).map((share) => [share]);
  return around(first).flatMap((share) => around(second).map((other) => [share, other, ...rest]));
}

/** The one that leaves more; the first where they are equal. */
export function better<T extends { readonly netWei: bigint }>(
  a: T | undefined,
  b: T | undefined,
): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.netWei > a.netWei ? b : a;
}
