import { ZeroAddress } from 'ethers';
import type { Log } from '../../chain.ts';
import { ContractError } from '../../errors.ts';
import { addressInTopic } from '../../ethereum/address.ts';
import { topicOf } from '../../ethereum/late-interface.ts';
import type { Address, Hex } from '../../hex.ts';
import type { LiquidationLog } from '../protocol.ts';
import { cometInterface } from './abi.ts';

const topic = (event: string): Hex => topicOf(cometInterface, event);

const topicsOf = (...events: readonly string[]): readonly Hex[] => events.map(topic);

/** Nobody borrows without collateral: whoever was given some may owe. Borrowing itself has events that name no one. */
export const collateralTopics = topicsOf('SupplyCollateral', 'TransferCollateral');
export const liquidationTopics = topicsOf('AbsorbDebt', 'AbsorbCollateral', 'BuyCollateral');
/** All that tells of a change of somebody's principal or collateral. */
export const accountTopics: readonly Hex[] = [
  ...topicsOf('Supply', 'Withdraw', 'Transfer', 'WithdrawCollateral', 'AbsorbDebt'),
  ...collateralTopics,
];

export const isOfCollateral = ({ topics: [topic = ''] }: Log): boolean => collateralTopics.includes(topic);

/** Who was given collateral. */
export const collateralHolderOf = (log: Log): Address => accountAt(log, 2);

/** Both accounts that a log of `accountTopics` names; one of them may be a mere payer or receiver. */
export const accountsOf = (log: Log): readonly Address[] =>
  [accountAt(log, 1), accountAt(log, 2)].filter((account) => account !== ZeroAddress);

function accountAt(log: Log, position: number): Address {
  const topic = log.topics[position];
  if (topic !== undefined) return addressInTopic(topic);
  throw new ContractError(`Log ${log.logIndex} of ${log.transactionHash} names no account: is it a Comet's?`);
}

/**
 * Who was absorbed and who bought what was his, from the logs of `liquidationTopics` in chain order. A purchase
 * belongs to the last one before it in its transaction who had that asset; one who was absorbed and of whose
 * collateral nothing was bought there and then was taken for nothing, by the absorber.
 */
export function liquidationsOf(logs: readonly Log[], baseToken: Address): readonly LiquidationLog[] {
  const byTransaction = Map.groupBy(logs, ({ transactionHash }) => transactionHash);
  return [...byTransaction.values()].flatMap((own) => inTransaction(own, baseToken));
}

interface Seized {
  readonly borrower: Address;
  readonly absorber: Address;
  readonly assets: readonly Address[];
  readonly purchases: LiquidationLog[];
}

function inTransaction(logs: readonly Log[], baseToken: Address): readonly LiquidationLog[] {
  const seized: Seized[] = [];
  let assets: Address[] = [];
  for (const log of logs) {
    const event = cometInterface.parseLog(log);
    if (event === null) continue;
    const { args, name } = event;
    if (name === 'AbsorbCollateral') assets.push(args.asset);
    if (name === 'AbsorbDebt') {
      seized.push({ borrower: args.borrower, absorber: args.absorber, assets, purchases: [] });
      assets = [];
    }
    if (name !== 'BuyCollateral') continue;
    const from = seized.findLast((one) => one.assets.includes(args.asset));
    from?.purchases.push({
      ...{ borrower: from.borrower, liquidator: args.buyer, debtAsset: baseToken },
      ...{ collateralAsset: args.asset, debtToCover: args.baseAmount },
      ...{ seizedCollateral: args.collateralAmount },
      ...{ transactionHash: log.transactionHash, blockNumber: log.blockNumber },
    });
  }
  const [{ transactionHash = '', blockNumber = 0 } = {}] = logs;
  return seized.flatMap(({ borrower, absorber, assets: [first = baseToken], purchases }) =>
    purchases.length > 0
      ? purchases
      : [
          {
            ...{ borrower, liquidator: absorber, debtAsset: baseToken, collateralAsset: first },
            ...{ debtToCover: 0n, seizedCollateral: 0n, transactionHash, blockNumber },
          },
        ],
  );
}
