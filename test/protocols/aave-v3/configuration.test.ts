import { expect, test } from 'vitest';
import { decodeReserveConfiguration, flaggedReserves } from '../../../lib/protocols/aave-v3/configuration.ts';

test('reserve configuration, bit by bit as DataTypes.sol documents it', () => {
  const fields: readonly (readonly [bigint, bigint])[] = [
    [8_050n, 0n], // LTV
    [8_300n, 16n], // liquidation threshold
    [10_500n, 32n], // liquidation bonus
    [18n, 48n], // decimals
    [1n, 56n], // active
    [1n, 57n], // frozen
    [1n, 60n], // paused
    [1_500n, 64n], // reserve factor
    [1_000n, 152n], // liquidation protocol fee
    [7n, 168n], // e-mode category
    [1n, 252n], // virtual accounting
  ];
  const data = fields.reduce((bits, [value, start]) => bits | (value << start), 0n);
  expect(decodeReserveConfiguration(data)).toEqual({
    liquidationThreshold: 8_300n,
    liquidationBonus: 10_500n,
    decimals: 18n,
    active: true,
    paused: true,
    liquidationProtocolFee: 1_000n,
    eModeCategory: 7,
  });
  expect(decodeReserveConfiguration(0n)).toMatchObject({ active: false, paused: false, decimals: 0n });
});

test('user configurations of Ethereum mainnet', () => {
  // WETH (0) as collateral, rETH (9) borrowed.
  expect(flaggedReserves(262_146n)).toEqual([
    { id: 0, borrowing: false, usingAsCollateral: true },
    { id: 9, borrowing: true, usingAsCollateral: false },
  ]);
  expect(flaggedReserves(0n)).toEqual([]);
});
