import type { Chain, Log } from '../../chain.ts';
import { addressInTopic } from '../../ethereum/address.ts';
import { topicOf } from '../../ethereum/late-interface.ts';
import type { Address, Hex } from '../../hex.ts';
import type { BlockRange } from '../protocol.ts';
import { preLiquidationInterface } from './abi.ts';
import { type Holder, morphoTopic } from './events.ts';
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
  [morphoTopic('SupplyCollateral'), 3],
  [morphoTopic('WithdrawCollateral'), 2],
  [morphoTopic('Borrow'), 2],
  [morphoTopic('Repay'), 3],
  [morphoTopic('Liquidate'), 3],
]);
const authorizationTopic = morphoTopic('SetAuthorization');
const creationTopic = topicOf(preLiquidationInterface, 'CreatePreLiquidation');

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
  return place === undefined ? [] : [{ id: topics[1] ?? '', borrower: addressInTopic(topics[place]) }];
}

const consentsIn = ({ topics: [topic, , authorizer, authorized] }: Log): readonly Consent[] =>
  topic === authorizationTopic
    ? [{ contract: addressInTopic(authorized), borrower: addressInTopic(authorizer) }]
    : [];

const once = <T>(all: readonly T[], nameOf: (one: T) => string): readonly T[] => [
  ...new Map(all.map((one) => [nameOf(one), one])).values(),
];
