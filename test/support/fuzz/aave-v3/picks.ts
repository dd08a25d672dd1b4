/** What `Random.pick` picks from. */
export type Picks<T> = readonly [T, ...T[]];

/** @throws when there is nothing to pick from */
export function asPicks<T>(items: readonly T[]): Picks<T> {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error('Nothing to pick from: a fuzz needs at least one.');
  return [first, ...rest];
}
