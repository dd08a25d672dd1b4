import {
  AaveV3Ethereum,
  AaveV3EthereumEtherFi,
  AaveV3EthereumLido,
  AaveV3Sepolia,
} from '@aave-dao/aave-address-book';
import { getChainAddresses } from '@morpho-org/blue-sdk';
import { getAddress } from 'ethers';
import { mainnet, sepolia } from 'viem/chains';
import { describe, expect, test } from 'vitest';
import { ADDRESSES, type ChainAddresses } from '../lib/addresses.ts';

const chain = (chainId: number): ChainAddresses => {
  const addresses = ADDRESSES.get(chainId);
  if (addresses === undefined) throw new Error(`Chain ${chainId} has no addresses.`);
  return addresses;
};

describe('our addresses are those of the address book of Aave', () => {
  test.each([
    ['core', 1, AaveV3Ethereum],
    ['prime', 1, AaveV3EthereumLido],
    ['etherFi', 1, AaveV3EthereumEtherFi],
    ['core', 11_155_111, AaveV3Sepolia],
  ])('market %s of chain %i', (name, chainId, market) => {
    expect(market.CHAIN_ID).toBe(chainId);
    expect(chain(chainId).aaveV3[name]?.poolAddressesProvider).toBe(market.POOL_ADDRESSES_PROVIDER);
  });

  test('WETH is the one that the markets lend', () => {
    expect(chain(1).weth).toBe(AaveV3Ethereum.ASSETS.WETH.UNDERLYING);
    expect(chain(11_155_111).weth).toBe(AaveV3Sepolia.ASSETS.WETH.UNDERLYING);
  });
});

test("Morpho and its factory of pre-liquidations are its SDK's", () => {
  const { morpho, preLiquidationFactory } = getChainAddresses(1);
  expect(chain(1).morphoBlue).toMatchObject({ morpho, preLiquidationFactory });
});

test.each([mainnet, sepolia])("Multicall3 is viem's of chain $id", ({ id, contracts }) => {
  expect(chain(id).multicall3).toBe(getAddress(contracts.multicall3.address));
});

test('every address is checksummed, so that === compares', () => {
  const written = JSON.stringify([...ADDRESSES]).match(/0x[0-9a-fA-F]+/g) ?? [];
  expect(written.length).toBeGreaterThanOrEqual(11);
  expect(written.map((address) => getAddress(address.toLowerCase()))).toEqual(written);
});
