const MAX_UINT256 = 2n ** 256n - 1n;

/** Whether any of these intermediate results makes the contract revert. */
export const overflows = (...values: readonly bigint[]): boolean =>
  values.some((value) => value > MAX_UINT256);
