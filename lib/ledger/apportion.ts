/**
 * Splits a total in proportion to weights, so that the parts sum to it exactly: each boundary between two
 * parts is rounded down. Equal parts where all weights are 0.
 * @param total non-negative @param weights non-negative, at least one
 */
export function apportion(total: bigint, weights: readonly bigint[]): readonly bigint[] {
  const sum = weights.reduce((a, b) => a + b, 0n);
  if (sum === 0n)
    return weights.length === 0
      ? []
      : apportion(
          total,
          weights.map(() => 1n),
        );
  let weightSoFar = 0n;
  let given = 0n;
  return weights.map((weight) => {
    weightSoFar += weight;
    const part = (total * weightSoFar) / sum - given;
    given += part;
    return part;
  });
}
