import { getCreateAddress, Interface, ZeroAddress } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import type { Artifact } from './artifact.ts';
import type { ReserveSpec } from './reserves.ts';
import type { Script } from './script.ts';

/** What every V3 version's deployment has in common: the addresses provider and what is registered with it. */

/** Receives the protocol's fees. */
export const TREASURY = '0x464C71f6c2F760DdA6093dCB91C24c39e5d6e18c';

export const FLASH_LOAN_PREMIUM_BPS = 5;

const provider = new Interface([
  'function setACLAdmin(address)',
  'function setACLManager(address)',
  'function setPriceOracle(address)',
  'function setPoolImpl(address)',
  'function setPoolConfiguratorImpl(address)',
  'function setPoolDataProvider(address)',
]);
const acl = new Interface(['function addPoolAdmin(address)']);

/** The addresses provider creates two proxies, in the order of the calls that set their implementations. */
export function proxiesOf(addressesProvider: Address): { pool: Address; poolConfigurator: Address } {
  return {
    pool: getCreateAddress({ from: addressesProvider, nonce: 1 }),
    poolConfigurator: getCreateAddress({ from: addressesProvider, nonce: 2 }),
  };
}

/** The manager's constructor asks the provider who its admin is. */
export function deployAcl(script: Script, contract: Artifact, addressesProvider: Address): Address {
  script.call(addressesProvider, provider, 'setACLAdmin', [script.deployer]);
  const aclManager = script.deploy(contract, [addressesProvider]);
  script.call(addressesProvider, provider, 'setACLManager', [aclManager]);
  script.call(aclManager, acl, 'addPoolAdmin', [script.deployer]);
  return aclManager;
}

export function deployOracle(
  script: Script,
  contract: Artifact,
  addressesProvider: Address,
  reserves: readonly ReserveSpec[],
): Address {
  const tokens = reserves.map(({ token }) => token);
  const sources = reserves.map(({ priceSource }) => priceSource);
  const args = [addressesProvider, tokens, sources, ZeroAddress, ZeroAddress, 10n ** 8n];
  const oracle = script.deploy(contract, args);
  script.call(addressesProvider, provider, 'setPriceOracle', [oracle]);
  return oracle;
}

export function setImplementations(
  script: Script,
  addressesProvider: Address,
  pool: Address,
  configurator: Address,
) {
  script.call(addressesProvider, provider, 'setPoolImpl', [pool]);
  script.call(addressesProvider, provider, 'setPoolConfiguratorImpl', [configurator]);
}

export function setDataProvider(script: Script, addressesProvider: Address, dataProvider: Address): void {
  script.call(addressesProvider, provider, 'setPoolDataProvider', [dataProvider]);
}
