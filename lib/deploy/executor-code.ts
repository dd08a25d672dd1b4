import { AbiCoder, concat, getCreate2Address, id, keccak256 } from 'ethers';
import type { Address, Hex } from '../hex.ts';

/**
 * The deterministic-deployment proxy, at the same address on every chain: what it is sent is a salt and creation
 * code. Source: github.com/Arachnid/deterministic-deployment-proxy.
 */
export const DEPLOYMENT_PROXY: Address = '0x4e59b44847b379578588920cA78FbF26c0B4956C';
/** Its code, with which it proves itself. */
export const DEPLOYMENT_PROXY_CODE: Hex =
  '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3';

const SALT: Hex = id('liquidator: LiquidationExecutor');

/** Creation code of an executor of this owner; its hash decides its address. */
export const creationCode = (bytecode: Hex, owner: Address, weth: Address): Hex =>
  concat([bytecode, AbiCoder.defaultAbiCoder().encode(['address', 'address'], [owner, weth])]);

/** Where it is, or will be, on every chain (EIP-1014): nothing else can ever be there. */
export const executorAddress = (creation: Hex): Address =>
  getCreate2Address(DEPLOYMENT_PROXY, SALT, keccak256(creation));

/** What the proxy is to be sent. */
export const deploymentData = (creation: Hex): Hex => concat([SALT, creation]);
