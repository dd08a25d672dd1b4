import type { Relay } from '../adapters/relay.ts';
import type { Chain } from '../chain.ts';
import type { NetworkConfig } from '../config.ts';
import type { Address, Hex } from '../hex.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Venue } from '../venues/venue.ts';

/** A deployment as it is, with everything that it will talk to. */
export interface Patient {
  readonly network: NetworkConfig;
  readonly chain: Chain;
  /** A node of another provider; absent where there is none. */
  readonly secondChain: Chain | undefined;
  readonly operators: readonly Address[];
  readonly venues: readonly Venue[];
  readonly relays: readonly Relay[];
  readonly ledger: Pick<Ledger, 'pause' | 'stakes'>;
  codeAt(address: Address): Promise<Hex>;
  balanceOf(address: Address): Promise<bigint>;
  /** Code of contracts/LiquidationExecutor.sol for the owner that the executor names, as compiled here. */
  ownCode(owner: Address): Promise<Hex>;
  /** By somebody else's clock; absent where nobody says. */
  outsideTimeMs(): Promise<number | undefined>;
  nowMs(): number;
  randomUuid(): string;
}
