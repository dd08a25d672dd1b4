import type { Call } from '../call.ts';
import type { Chain } from '../chain.ts';
import { lateInterface } from '../ethereum/late-interface.ts';
import { encodeSwapCallback } from '../executor.ts';
import type { Address } from '../hex.ts';
import { holdingOf } from './holdings.ts';
import type { CreditLine, FlashSource } from './source.ts';

/**
 * Morpho Blue lends all that it holds, collateral included, for nothing, to its caller.
 * @morpho-org/morpho-blue@1.0.0 src/Morpho.sol#flashLoan
 */
export function morphoBlueFlash(morpho: Address): FlashSource {
  return { id: ID, read: (chain, tokens, blockNumber) => read(morpho, chain, tokens, blockNumber) };
}

const ID = 'morpho-blue';

async function read(
  morpho: Address,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly CreditLine[]> {
  const reads = tokens.map((token) => holdingOf(morpho, token));
  const holdings = await chain.readAll(reads, blockNumber);
  return holdings
    .filter(({ amount }) => amount > 0n)
    .map(({ token, amount }) => ({
      source: ID,
      token,
      available: amount,
      gasUsed: FLASH_GAS,
      fee: () => 0n,
      encode: (borrowed, inner) => encode(morpho, token, borrowed, inner),
    }));
}

function encode(morpho: Address, token: Address, borrowed: bigint, inner: readonly Call[]): Call {
  const args = [token, borrowed, encodeSwapCallback(token, inner)];
  return { target: morpho, data: abi.encodeFunctionData('flashLoan', args), callsBack: true };
}

const abi = lateInterface(['function flashLoan(address token, uint256 assets, bytes data)']);

/** On top of a liquidation from own inventory, as `npm run bench -- funding` measures it. */
const FLASH_GAS = 33_300n;
