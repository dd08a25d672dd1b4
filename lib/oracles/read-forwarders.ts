import { AbiCoder, id } from 'ethers';
import type { Chain, ContractRead } from '../chain.ts';
import { addressesIn } from '../ethereum/view-codec.ts';
import type { Address, Hex } from '../hex.ts';

/** A contract through which oracles call their aggregators, as the chain had it at one block. */
export interface Forwarder {
  /** Who may have it `forward` and `multiForward`. */
  readonly senders: readonly Address[];
  /** Who may have it `ownerForward`. */
  readonly owner: Address | undefined;
}

/**
 * The forwarders among these accounts, and among those that speak through them. Who may speak changes at any time,
 * so that a known forwarder is asked each time; what was found to be none is not asked again.
 * Source: smartcontractkit/chainlink `AuthorizedReceiver.sol#getAuthorizedSenders`.
 */
export async function readForwarders(
  chain: Chain,
  accounts: readonly Address[],
  blockNumber: number,
): Promise<ReadonlyMap<Address, Forwarder>> {
  const others = OTHERS.get(chain) ?? new Set<Address>();
  OTHERS.set(chain, others);
  const found = new Map<Address, Forwarder>();
  for (let depth = 0, level = accounts; depth < MAX_DEPTH && level.length > 0; depth++) {
    const asked = [...new Set(level)].filter((account) => !found.has(account) && !others.has(account));
    const answers = await chain.tryReadAll(asked.flatMap(reads), blockNumber);
    for (const [index, account] of asked.entries()) {
      const [senders, owner] = answers.slice(2 * index);
      if (senders === undefined) others.add(account);
      else found.set(account, { senders, owner: owner?.[0] });
    }
    level = asked.flatMap((account) => found.get(account)?.senders ?? []);
  }
  return found;
}

/** Forwarders that speak through forwarders; deeper than this nobody nests them. */
const MAX_DEPTH = 2;

/** Keys, and contracts that are no forwarders. */
const OTHERS = new WeakMap<Chain, Set<Address>>();

const SENDERS = id('getAuthorizedSenders()').slice(0, 10);
const OWNER = id('owner()').slice(0, 10);

const reads = (target: Address): readonly ContractRead<readonly Address[]>[] => [
  { target, data: SENDERS, decode: (returned) => addressesIn(returned) ?? decodeAs('address[]', returned) },
  { target, data: OWNER, decode: (returned) => decodeAs('address', returned) },
];

/** Most are keys, which answer nothing: ethers would take its time to say so. */
function decodeAs(type: 'address' | 'address[]', returned: Hex): readonly Address[] {
  if (returned === '0x') throw new RangeError('no answer');
  const [value] = AbiCoder.defaultAbiCoder().decode([type], returned);
  return type === 'address' ? [String(value)] : [...value].map(String);
}
