import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { cometInterface } from './abi.ts';
import { assetsOf } from './account.ts';
import { wordsRead } from './contract-reads.ts';
import type { Account, Comet } from './state.ts';

/** Those of these accounts that owe something. */
export async function readAccounts(
  chain: Chain,
  comet: Comet,
  accounts: readonly Address[],
  blockNumber: number,
): Promise<ReadonlyMap<Address, Account>> {
  const basics = await chain.readAll(
    accounts.map((account) => wordsRead(cometInterface, comet.address, 'userBasic', [account])),
    blockNumber,
  );
  const owing = accounts.flatMap((address, index) => {
    const account = accountOf(basics[index] ?? []);
    return account.principal < 0n ? [{ address, account }] : [];
  });
  const holdings = owing.flatMap(({ address, account }) =>
    assetsOf(comet, account).map(({ asset }) => ({ address, asset })),
  );
  const balances = await chain.readAll(
    holdings.map(({ address, asset }) =>
      wordsRead(cometInterface, comet.address, 'userCollateral', [address, asset]),
    ),
    blockNumber,
  );
  const collateral = new Map(owing.map(({ address }) => [address, new Map<Address, bigint>()]));
  for (const [index, { address, asset }] of holdings.entries()) {
    collateral.get(address)?.set(asset, balances[index]?.[0] ?? 0n);
  }
  return new Map(
    owing.map(({ address, account }) => [
      address,
      { ...account, collateral: collateral.get(address) ?? account.collateral },
    ]),
  );
}

const accountOf = ([principal = 0n, , , assetsIn = 0n, reserved = 0n]: readonly bigint[]): Account => ({
  principal: BigInt.asIntN(104, principal),
  assetsIn: Number(assetsIn | (reserved << 16n)),
  collateral: new Map(),
});
