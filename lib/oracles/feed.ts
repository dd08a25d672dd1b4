import type { Address, Hex } from '../hex.ts';
import type { Delivery } from './dual-aggregator.ts';
import type { Forwarder } from './read-forwarders.ts';

/** One aggregator as the chain had it at one block: what a pending report is checked against. */
export interface Feed {
  readonly aggregator: Address;
  /** The proxies through which the known price sources read it; empty when they read it directly. */
  readonly proxies: readonly Address[];
  /** Of `answer` and of every report's answer. */
  readonly decimals: number;
  readonly description: string;
  /** What readers of the proxies saw at that block. */
  readonly answer: bigint;
  /** Of a dual aggregator: the delivery that our proxies' readers see in the block that it lands in. */
  readonly visibleDelivery?: Delivery | undefined;
  /** When the oracles observed `answer`, by their own clocks. */
  readonly observedAtSeconds?: number | undefined;
  /** At most the newest report's `epoch << 8 | round`: contracts are told only its epoch. */
  readonly epochAndRound?: number | undefined;
  /** A report whose answer is outside is refused by the contract. */
  readonly minAnswer?: bigint | undefined;
  readonly maxAnswer?: bigint | undefined;
  /** 32 bytes for OCR2, 16 for OCR1. */
  readonly configDigest?: Hex | undefined;
  /** Who signs reports, by oracle index. */
  readonly signers?: readonly Address[] | undefined;
  /** Who may call `transmit`: forwarders, or the nodes themselves. */
  readonly transmitters?: readonly Address[] | undefined;
  /** Those of the transmitters that are forwarders, and the forwarders before them: who may speak through each. */
  readonly forwarders?: ReadonlyMap<Address, Forwarder> | undefined;
  /** Oracles that may be faulty: a report carries f + 1 signatures. */
  readonly f?: number | undefined;
}
