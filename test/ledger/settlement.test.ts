import { describe, expect, test } from 'vitest';
import { ContractError } from '../../lib/errors.ts';
import { outcomeOf } from '../../lib/ledger/settlement.ts';
import {
  ALICE,
  address,
  BOB,
  EXECUTOR,
  executorLog,
  hash,
  plannedFor,
  RIVAL,
  receiptOf,
  TARGET,
  taken,
} from '../support/settlement.ts';

const AT_MS = 1_760_075_100_000;
const GAS_COST = 300_000n * 2_000_000_000n;
const nothing = { receipt: undefined, oracleBlock: TARGET, liquidations: [] };
const subject = {
  updateId: hash(0x11),
  chainId: 31337,
  updateAtSeconds: 1_760_075_000,
  atMs: AT_MS,
  ownTransactionHash: hash(0x22),
};
const rival = { liquidator: RIVAL, transactionHash: hash(0x44), block: TARGET };

describe('included', () => {
  test('profit, bid and gas are what the receipt says', () => {
    const logs = [
      executorLog('ItemLiquidated', [0, 10n ** 15n]),
      executorLog('Executed', [10n ** 15n, 3n * 10n ** 14n]),
    ];
    expect(outcomeOf(plannedFor([ALICE]), { ...nothing, receipt: receiptOf(logs) }, AT_MS)).toEqual({
      ...subject,
      state: 'included',
      block: TARGET,
      gasUsed: 300_000n,
      effectiveGasPriceWei: 2_000_000_000n,
      gasCostWei: GAS_COST,
      grossProfitWei: 10n ** 15n,
      bidWei: 3n * 10n ** 14n,
      netProfitWei: 10n ** 15n - 3n * 10n ** 14n - GAS_COST,
      sameBlock: true,
      items: [{ protocol: 'aave-v3', borrower: ALICE, profitWei: 10n ** 15n }],
    });
  });

  test('an item that failed names its reason, and the rival where one was faster', () => {
    const logs = [
      executorLog('ItemFailed', [0, '0xdeadbeef']),
      executorLog('ItemLiquidated', [1, 9n]),
      executorLog('Executed', [9n, 0n]),
    ];
    const evidence = { ...nothing, receipt: receiptOf(logs), liquidations: [taken(ALICE)] };
    expect(outcomeOf(plannedFor([ALICE, BOB]), evidence, AT_MS)).toMatchObject({
      state: 'included',
      grossProfitWei: 9n,
      netProfitWei: 9n - GAS_COST,
      items: [
        { protocol: 'aave-v3', borrower: ALICE, failure: '0xdeadbeef', rival },
        { protocol: 'aave-v3', borrower: BOB, profitWei: 9n },
      ],
    });
  });

  test('what we paid and received is what the protocol says of our own transaction and pair, all steps', () => {
    const logs = [executorLog('ItemLiquidated', [0, 5n]), executorLog('Executed', [5n, 1n])];
    const own = { liquidator: EXECUTOR, transactionHash: hash(0x22) };
    const liquidations = [
      taken(ALICE, { ...own, transactionHash: hash(0x21), debtToCover: 1n }),
      taken(ALICE, { ...own, collateralAsset: address(3), debtToCover: 2n }),
      taken(ALICE, { ...own, debtToCover: 2n ** 130n, seizedCollateral: 2n ** 131n }),
      taken(ALICE, { ...own, debtToCover: 5n, seizedCollateral: 6n }),
    ];
    const outcome = outcomeOf(
      plannedFor([ALICE]),
      { ...nothing, receipt: receiptOf(logs), liquidations },
      AT_MS,
    );
    expect(outcome).toMatchObject({
      items: [
        { borrower: ALICE, profitWei: 5n, debtToCover: 2n ** 130n + 5n, seizedCollateral: 2n ** 131n + 6n },
      ],
    });
  });

  test('a failure without a rival names none', () => {
    const logs = [
      executorLog('ItemFailed', [0, '0x']),
      executorLog('ItemLiquidated', [1, 9n]),
      executorLog('Executed', [9n, 0n]),
    ];
    const outcome = outcomeOf(plannedFor([ALICE, BOB]), { ...nothing, receipt: receiptOf(logs) }, AT_MS);
    expect(outcome).toMatchObject({ items: [{ failure: '0x' }, { profitWei: 9n }] });
    expect(outcome).not.toHaveProperty('items.0.rival');
  });

  test('events of any other contract are not believed', () => {
    const logs = [
      executorLog('Executed', [10n ** 30n, 0n], RIVAL),
      executorLog('ItemLiquidated', [0, 10n ** 30n], RIVAL),
      executorLog('ItemLiquidated', [0, 5n]),
      executorLog('Executed', [5n, 1n]),
    ];
    expect(outcomeOf(plannedFor([ALICE]), { ...nothing, receipt: receiptOf(logs) }, AT_MS)).toMatchObject({
      grossProfitWei: 5n,
      bidWei: 1n,
      items: [{ profitWei: 5n }],
    });
  });

  test('in another block than the oracle it is not the same block, nor where the oracle never landed', () => {
    const receipt = receiptOf([executorLog('ItemLiquidated', [0, 5n]), executorLog('Executed', [5n, 1n])]);
    const sameBlock = (oracleBlock: number | undefined) =>
      outcomeOf(plannedFor([ALICE]), { ...nothing, receipt, oracleBlock }, AT_MS);
    expect(sameBlock(TARGET - 1)).toMatchObject({ sameBlock: false });
    expect(sameBlock(undefined)).toMatchObject({ sameBlock: false });
  });

  test('amounts beyond 2^128 stay exact', () => {
    const huge = 2n ** 200n + 1n;
    const logs = [executorLog('ItemLiquidated', [0, huge]), executorLog('Executed', [huge, 1n])];
    const receipt = receiptOf(logs, { gasUsed: 2n ** 90n, effectiveGasPriceWei: 2n ** 90n });
    expect(outcomeOf(plannedFor([ALICE]), { ...nothing, receipt }, AT_MS)).toMatchObject({
      gasCostWei: 2n ** 180n,
      netProfitWei: 2n ** 200n - 2n ** 180n,
    });
  });

  test('a success without the executor, or with two, is a fault and not a profit', () => {
    const outcome = (names: readonly string[]) => () =>
      outcomeOf(
        plannedFor([ALICE]),
        { ...nothing, receipt: receiptOf(names.map((name) => executorLog(name, [0, 1n]))) },
        AT_MS,
      );
    expect(outcome([])).toThrow(ContractError);
    expect(outcome(['ItemLiquidated'])).toThrow(/no Executed event/);
    expect(outcome(['ItemLiquidated', 'Executed', 'Executed'])).toThrow(/several Executed events/);
    expect(outcome(['Executed'])).toThrow(/says nothing about aave-v3 borrower/);
  });

  test('revert data is kept to its first KiB', () => {
    const logs = [
      executorLog('ItemFailed', [0, `0x${'ab'.repeat(5_000)}`]),
      executorLog('ItemLiquidated', [1, 9n]),
      executorLog('Executed', [9n, 0n]),
    ];
    const outcome = outcomeOf(plannedFor([ALICE, BOB]), { ...nothing, receipt: receiptOf(logs) }, AT_MS);
    expect(outcome).toMatchObject({ items: [{ failure: `0x${'ab'.repeat(1024)}` }, {}] });
  });
});

test('reverted: the gas is lost, and who was faster is named', () => {
  const receipt = receiptOf([], { succeeded: false });
  const liquidations = [taken(ALICE), taken(address(0xcc))];
  expect(outcomeOf(plannedFor([ALICE, BOB]), { ...nothing, receipt, liquidations }, AT_MS)).toEqual({
    ...subject,
    state: 'reverted',
    block: TARGET,
    gasUsed: 300_000n,
    effectiveGasPriceWei: 2_000_000_000n,
    gasCostWei: GAS_COST,
    netProfitWei: -GAS_COST,
    sameBlock: true,
    rivals: [{ protocol: 'aave-v3', borrower: ALICE, ...rival }],
  });
});

describe('not in the chain', () => {
  const outcome = (...liquidations: ReturnType<typeof taken>[]) =>
    outcomeOf(plannedFor([ALICE, BOB]), { ...nothing, liquidations }, AT_MS);

  test('lost to whoever was first, borrower by borrower', () => {
    const second = taken(ALICE, { liquidator: BOB, transactionHash: hash(0x55) });
    expect(outcome(taken(ALICE, { blockNumber: TARGET - 1 }), second, taken(BOB))).toEqual({
      ...subject,
      state: 'lost',
      rivals: [
        { protocol: 'aave-v3', borrower: ALICE, ...rival, block: TARGET - 1 },
        { protocol: 'aave-v3', borrower: BOB, ...rival },
      ],
    });
  });

  test('one rival for a borrower of whom two pairs were planned', () => {
    const lost = outcomeOf(plannedFor([ALICE, ALICE]), { ...nothing, liquidations: [taken(ALICE)] }, AT_MS);
    expect(lost).toMatchObject({ state: 'lost', rivals: [{ borrower: ALICE }] });
  });

  test('expired where nobody took them, or somebody else was taken, or elsewhere, or by ourselves', () => {
    const expired = { ...subject, state: 'expired' };
    expect(outcome()).toEqual(expired);
    expect(outcome(taken(address(0xcc)))).toEqual(expired);
    expect(outcome(taken(ALICE, { protocol: 'morpho-blue' }))).toEqual(expired);
    expect(outcome(taken(ALICE, { liquidator: EXECUTOR }))).toEqual(expired);
  });
});
