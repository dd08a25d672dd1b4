import { getAddress } from 'ethers';
import type { Chain, Log } from '../../chain.ts';
import type { Address, Hex } from '../../hex.ts';
import type { BlockRange } from '../protocol.ts';
import { preLiquidationInterface } from './abi.ts';
import { type Holder, topicOf } from './events.ts';
import type { MorphoAddresses } from './market-index.ts';
import { contractOf, type PreLiquidationContract } from './pre-liquidation-index.ts';

/** A borrower who may have let a contract act for him. */
export interface Consent {
  readonly contract: Address;
  readonly borrower: Address;
}

/** What some blocks' logs say may differ after them. */
export interface Touched {
  readonly holders: readonly Holder[];
  /** Of anybody to anybody: most have nothing to do with us. */
  readonly consents: readonly Consent[];
  readonly created: readonly PreLiquidationContract[];
}

/**
 * Every event after which shares or collateral of a borrower may differ, and where it names him:
 * `@morpho-org/morpho-blue@1.0.0 src/libraries/EventsLib.sol`.
 */
const NAMED_IN: ReadonlyMap<Hex, number> = new Map([
  [topicOf('SupplyCollateral'), 3],
  [topicOf('WithdrawCollateral'), 2],
  [topicOf('Borrow'), 2],
  [topicOf('Repay'), 3],
  [topicOf('Liquidate'), 3],
]);
const authorizationTopic = topicOf('SetAuthorization');
const creationTopic = preLiquidationInterface.getEvent('CreatePreLiquidation')?.topicHash ?? '';

export async function readTouched(
  chain: Chain,
  { morpho, preLiquidationFactory }: MorphoAddresses,
  range: BlockRange,
): Promise<Touched> {
  const followed = preLiquidationFactory === undefined ? [] : [authorizationTopic, creationTopic];
  const logs = await chain.logs({
    address: [morpho, preLiquidationFactory ?? []].flat(),
    topics: [[...NAMED_IN.keys(), ...followed]],
    ...range,
  });
  const own = logs.filter(({ address }) => address === morpho);
  return {
    holders: once(own.flatMap(holdersIn), ({ id, borrower }) => `${id} ${borrower}`),
    consents: once(own.flatMap(consentsIn), ({ contract, borrower }) => `${contract} ${borrower}`),
    created: once(
      logs
        .filter(
          ({ address, topics: [topic] }) => address === preLiquidationFactory && topic === creationTopic,
        )
        .map(contractOf),
      ({ address }) => address,
    ),
  };
}

function holdersIn({ topics }: Log): readonly Holder[] {
  const place = NAMED_IN.get(topics[0] ?? '');
  return place === undefined ? [] : [{ id: topics[1] ?? '', borrower: addressIn(topics[place]) }];
}

const consentsIn = ({ topics: [topic, , authorizer, authorized] }: Log): readonly Consent[] =>
  topic === authorizationTopic ? [{ contract: addressIn(authorized), borrower: addressIn(authorizer) }] : [];

const addressIn = (topic: Hex | undefined): Address => getAddress(`0x${(topic ?? '').slice(26)}`);

const once = <T>(all: readonly T[], nameOf: (one: T) => string): readonly T[] => [
  ...new Map(all.map((one) => [nameOf(one), one])).values(),
];
