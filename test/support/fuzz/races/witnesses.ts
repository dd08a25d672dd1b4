import { keccak256, Transaction, type Wallet } from 'ethers';
import type { Operator } from '../../../../lib/adapters/operator.ts';
import { executorInterface } from '../../../../lib/executor.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { Ledger } from '../../../../lib/ledger/ledger.ts';
import type { KeyLease } from '../../../../lib/ledger/limits.ts';
import { BASE_FEE_WEI, blockAt, CHAIN_ID, EXECUTOR } from './chain.ts';
import type { Chaos } from './chaos.ts';
import type { LabUpdate, Sight } from './lab.ts';
import { POLICY } from './policy.ts';

/** Whoever looks on: keeps its own account of what was signed, written down and put at stake, and finds fault. */
export class Witness {
  readonly violations: string[] = [];
  /** By the transaction that takes them. */
  readonly plannedFor = new Map<Hex, Address>();
  readonly #atStakeWei = new Map<string, bigint>();
  readonly #takenWei = new Map<string, bigint>();
  readonly #leases = new Map<string, KeyLease>();
  readonly #signedWei = new Map<string, bigint>();
  /** Of all cases: what one of them has sent may arrive in the next. */
  readonly #onRecord: Set<Hex>;
  #signatures: Signature[] = [];

  constructor(onRecord: Set<Hex>) {
    this.#onRecord = onRecord;
  }

  /** A bundle has arrived at a builder. */
  arrived(transactions: readonly Hex[]): void {
    const strangers = transactions.map((raw) => keccak256(raw)).filter((hash) => !this.#onRecord.has(hash));
    for (const hash of strangers) this.violations.push(`transaction ${hash} left before it was on record`);
  }

  /** What could have landed before a reorganisation may land once more after it. */
  forgetSignatures(): void {
    this.#signatures = [];
  }

  /** Notes what reaches the store, whether or not whoever asked for it hears of that. */
  watching(ledger: Ledger): Ledger {
    return {
      ...ledger,
      takeStake: async (stake, limits) => {
        const isTaken = await ledger.takeStake(stake, limits);
        if (!isTaken) return false;
        add(this.#takenWei, stake.day, stake.gasWei);
        const atStake = add(this.#atStakeWei, stake.day, stake.gasWei);
        if (atStake > limits.maxDailyGasCostWei)
          this.violations.push(`${atStake} wei at stake on ${stake.day}, more than the day's budget`);
        return true;
      },
      lease: async (lease) => {
        const answer = await ledger.lease(lease);
        if (answer === 'leased') this.#leased(lease);
        return answer;
      },
      returnStake: async (stake, spent) => {
        // Counted as free before it is: another may take it the moment that it is.
        add(this.#atStakeWei, stake.day, spent.gasWei - stake.gasWei);
        await ledger.returnStake(stake, spent);
      },
      append: async (fact) => {
        const isWritten = await ledger.append(fact);
        const borrower = fact.state === 'planned' ? fact.plans[0]?.borrower : undefined;
        if (fact.state === 'planned') this.#onRecord.add(fact.ownTransactionHash);
        if (fact.state === 'planned' && borrower) this.plannedFor.set(fact.ownTransactionHash, borrower);
        return isWritten;
      },
    };
  }

  /** A key that looks at what it is asked to sign, by rules of its own. */
  key(wallet: Wallet, { update, opens }: LabUpdate, sight: Sight, chaos: Chaos): Operator {
    return {
      address: wallet.address,
      sign: (fields) =>
        chaos.step(async () => {
          const raw = await wallet.signTransaction(fields);
          const transaction = Transaction.from(raw);
          for (const fault of faultsOf(transaction, sight)) this.violations.push(`signed ${fault}: ${raw}`);
          const day = new Date(update.observedAtSeconds * 1_000).toISOString().slice(0, 10);
          const signedWei = add(
            this.#signedWei,
            day,
            transaction.gasLimit * (transaction.maxFeePerGas ?? 0n),
          );
          if (signedWei > (this.#takenWei.get(day) ?? 0n))
            this.violations.push(
              `${signedWei} wei signed for, more than was taken from the budget of ${day}`,
            );
          if (sight.isFresh)
            this.#signed(wallet.address, transaction, sight, `${update.aggregator} ${opens}`);
          return raw;
        }),
    };
  }

  /** What is newer of a feed is not to be replaced by what is older. */
  #leased(lease: KeyLease): void {
    const key = `${lease.operator} ${lease.holder}`;
    const newest = this.#leases.get(key);
    if (newest && newest.round > lease.round && newest.untilBlock > lease.headBlock)
      this.violations.push(`round ${lease.round} got the key of round ${newest.round} of the same feed`);
    if (newest === undefined || newest.round <= lease.round) this.#leases.set(key, lease);
  }

  /** Two that may land in one block and do the same, or have one nonce for two purposes, are one too many. */
  #signed(from: Address, { nonce, data }: Transaction, { head }: Sight, purpose: string): void {
    const [, terms] = executorInterface.decodeFunctionData('execute', data);
    const own = {
      purpose,
      key: `${from} ${nonce}`,
      from: head.number + 1,
      until: blockAt(Number(terms.deadline)),
    };
    for (const other of this.#signatures.filter((one) => one.until >= own.from && one.from <= own.until)) {
      if (other.purpose === own.purpose && other.key !== own.key)
        this.violations.push(`${purpose} could land by ${other.key} and by ${own.key}`);
      if (feedOf(other) !== feedOf(own) && other.key === own.key)
        this.violations.push(`${own.key} stands for ${other.purpose} and for ${purpose}`);
    }
    this.#signatures.push(own);
  }
}

interface Signature {
  /** A feed's opportunity. */
  readonly purpose: string;
  readonly key: string;
  readonly from: number;
  readonly until: number;
}

const feedOf = ({ purpose }: Signature): string | undefined => purpose.split(' ')[0];

function faultsOf(transaction: Transaction, { head, nonces, isFresh }: Sight): readonly string[] {
  const { from, to, value, chainId, type, gasLimit, nonce, data } = transaction;
  const [maxFee, tip] = [transaction.maxFeePerGas ?? 0n, transaction.maxPriorityFeePerGas ?? 0n];
  const [items, terms] = executorInterface.decodeFunctionData('execute', data);
  const rules = {
    'for another contract': to !== EXECUTOR,
    'ether away': value !== 0n,
    'for another chain': chainId !== BigInt(CHAIN_ID),
    'another type': type !== 2,
    'nothing to do': items.length === 0,
    'a fee above any base fee that can come': maxFee > (BASE_FEE_WEI * 9n) / 8n + POLICY.priorityFeeWei,
    'a tip above the policy': tip > POLICY.priorityFeeWei,
    'gas above the ceiling': gasLimit * maxFee > POLICY.maxGasCostWei,
    'a bid above the policy': terms.bidBps > POLICY.bidBps,
    'a loss': terms.minProfitWei < terms.gasCostWei,
    'for a block long past or far ahead': Math.abs(blockAt(Number(terms.deadline)) - head.number - 1.5) > 0.5,
    'a nonce behind a gap': isFresh && nonce !== nonces.get(from ?? ''),
  };
  return Object.entries(rules).flatMap(([fault, isBroken]) => (isBroken ? [fault] : []));
}

function add(sums: Map<string, bigint>, day: string, wei: bigint): bigint {
  const sum = (sums.get(day) ?? 0n) + wei;
  sums.set(day, sum);
  return sum;
}
