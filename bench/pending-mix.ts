import {
  AbiCoder,
  concat,
  getAddress,
  Interface,
  keccak256,
  SigningKey,
  Transaction,
  toBeHex,
  Wallet,
} from 'ethers';
import type { Address, Hex } from '../lib/hex.ts';
import type { Link } from '../lib/oracles/discover.ts';
import type { Feed } from '../lib/oracles/feed.ts';
import { type KnownSource, knownSources } from '../lib/oracles/known-source.ts';
import { SOURCE_KINDS } from '../lib/oracles/sources/index.ts';
import { Random } from '../test/support/fuzz/random.ts';

/** What a node announces in some seconds, and a market with as many feeds and adapters as Aave's on Ethereum. */
export interface PendingMix {
  readonly chainId: number;
  readonly feeds: ReadonlyMap<Address, Feed>;
  readonly sources: readonly KnownSource[];
  readonly updates: readonly Hex[];
  /** Transfers, swaps, other oracles' reports, other forwards. */
  readonly others: readonly Hex[];
}

const FEEDS = 40;
const RATIO_ADAPTERS = 12;
const ORACLES = 31;
const FAULTY = 10;
const NOW = 1_760_130_000;
const DIGEST = `0x0001${'ab'.repeat(30)}`;
const coder = AbiCoder.defaultAbiCoder();
const addressAt = (n: number): Address => getAddress(toBeHex(0xabcd_0000_0000n + BigInt(n), 20));
const aggregatorAt = (n: number): Address => addressAt(0x1000 + n);
const proxyAt = (n: number): Address => addressAt(0x2000 + n);
const FORWARDER = addressAt(0x3000);

const signers = Array.from({ length: ORACLES }, (_, index) => new Wallet(toBeHex(index + 1, 32)));
const sender = new Wallet(toBeHex(0x77, 32));

export function pendingMix(seed: number): PendingMix {
  const random = new Random(seed);
  const feeds = new Map(Array.from({ length: FEEDS }, (_, n) => [aggregatorAt(n), feedAt(n)]));
  const sources = knownSources(links(), feeds, (aggregator) => feeds.get(aggregator)?.answer ?? 0n, NOW);
  return {
    ...{ chainId: 1, feeds, sources: [...sources.values()] },
    updates: Array.from({ length: 60 }, (_, n) => update(random, n)),
    others: Array.from({ length: 400 }, (_, n) => other(random, n)),
  };
}

const feedAt = (n: number): Feed => ({
  ...{ aggregator: aggregatorAt(n), proxies: [proxyAt(n)], decimals: 8, description: `FEED ${n} / USD` },
  ...{ answer: 4_000n * 10n ** 8n, observedAtSeconds: NOW - 600, epochAndRound: 0x0700 },
  ...{ minAnswer: 1n, maxAnswer: 10n ** 18n, configDigest: DIGEST, f: FAULTY },
  signers: signers.map(({ address }) => address),
  transmitters: [FORWARDER, sender.address],
  forwarders: new Map([[FORWARDER, { senders: [sender.address], owner: undefined }]]),
});

/** Every feed behind its proxy; a dozen staking tokens on the first, capped stablecoins and pairs on others. */
function links(): ReadonlyMap<Address, Link> {
  const answer = 4_000n * 10n ** 8n;
  const found = new Map<Address, Link>();
  const add = (at: number, id: string, own: Readonly<Record<string, bigint>>, latest: bigint) => {
    const kind = SOURCE_KINDS.find((one) => one.id === id);
    const answers = new Map(Object.entries({ ...own, latestAnswer: latest }));
    if (kind) found.set(addressAt(at), { is: 'adapter', kind: id, adapter: kind.adapt(answers), answers });
  };
  for (let n = 0; n < FEEDS; n++) {
    found.set(proxyAt(n), {
      is: 'proxy',
      aggregator: aggregatorAt(n),
      answers: new Map([['latestAnswer', answer]]),
    });
  }
  for (let n = 0; n < RATIO_ADAPTERS; n++) {
    const ratio = {
      getRatio: 10n ** 18n,
      getSnapshotRatio: 10n ** 18n,
      getSnapshotTimestamp: BigInt(NOW - 1_000),
    };
    const base = { BASE_TO_USD_AGGREGATOR: BigInt(proxyAt(0)), RATIO_PROVIDER: 1n, RATIO_DECIMALS: 18n };
    add(0x4000 + n, 'ratioCap', { ...ratio, ...base, getMaxRatioGrowthPerSecond: 1_000n }, answer);
  }
  for (let n = 1; n < 10; n++) {
    add(
      0x5000 + n,
      'stableCap',
      { ASSET_TO_USD_AGGREGATOR: BigInt(proxyAt(n)), getPriceCap: answer },
      answer,
    );
  }
  return found;
}

// ── Transactions ────────────────────────────────────────────────────────────────────────────────────────

const ocr2 = new Interface([
  'function transmit(bytes32[3],bytes,bytes32[],bytes32[],bytes32)',
  'function transmitSecondary(bytes32[3],bytes,bytes32[],bytes32[],bytes32)',
]);
const forwarders = new Interface(['function forward(address,bytes)']);
const tokens = new Interface([
  'function transfer(address,uint256)',
  'function execute(bytes,bytes[],uint256)',
]);

function update(random: Random, n: number): Hex {
  const to = aggregatorAt(n % 4 === 0 ? 0 : random.integer(0, FEEDS - 1));
  const call = transmit(random, 'transmit');
  return n % 2 === 0
    ? signed(to, call)
    : signed(FORWARDER, forwarders.encodeFunctionData('forward', [to, call]));
}

/** Of all 31 oracles, signed by 11, as on Ethereum. */
function transmit(random: Random, method: 'transmit' | 'transmitSecondary'): Hex {
  const middle = 4_000n * 10n ** 8n + BigInt(random.integer(-10_000_000, 10_000_000));
  const observations = Array.from({ length: ORACLES }, (_, index) => middle + BigInt(index - 15) * 1_000n);
  const context = [DIGEST, toBeHex(0x0800 + random.integer(0, 255), 32), toBeHex(0, 32)];
  const report = coder.encode(
    ['uint32', 'bytes32', 'int192[]', 'int192'],
    [NOW, toBeHex(random.amount(1, 255), 32), observations, 7n * 10n ** 18n],
  );
  const digest = keccak256(concat([keccak256(report), ...context]));
  const signatures = signers
    .slice(0, FAULTY + 1)
    .map(({ privateKey }) => new SigningKey(privateKey).sign(digest));
  const vs = concat(signatures.map(({ yParity }) => toBeHex(yParity, 1))).padEnd(66, '0');
  return ocr2.encodeFunctionData(method, [
    ...[context, report, signatures.map(({ r }) => r), signatures.map(({ s }) => s), vs],
  ]);
}

/** In the shares of an ordinary block: payments, token transfers, swaps of some KB, and a few that look like ours. */
function other(random: Random, n: number): Hex {
  const stranger = addressAt(random.integer(0x9000, 0xffff));
  const share = n % 100;
  if (share < 30) return signed(stranger, '0x');
  if (share < 55)
    return signed(stranger, tokens.encodeFunctionData('transfer', [stranger, random.amount(1, 90)]));
  if (share < 97) return signed(stranger, swap(random));
  const report = transmit(random, 'transmitSecondary');
  if (share === 97) return signed(stranger, report);
  if (share === 98) return signed(FORWARDER, forwarders.encodeFunctionData('forward', [stranger, report]));
  return signed(stranger, forwarders.encodeFunctionData('forward', [stranger, swap(random)]));
}

function swap(random: Random): Hex {
  const steps = Array.from(
    { length: random.integer(1, 6) },
    () => `0x${'5a'.repeat(32 * random.integer(5, 16))}`,
  );
  return tokens.encodeFunctionData('execute', ['0x0b00', steps, NOW]);
}

function signed(to: Address, data: Hex): Hex {
  const fields = {
    type: 2,
    chainId: 1,
    nonce: 7,
    gasLimit: 500_000,
    to,
    data,
    maxFeePerGas: 30n * 10n ** 9n,
  };
  const transaction = Transaction.from(fields);
  transaction.signature = sender.signingKey.sign(transaction.unsignedHash);
  return transaction.serialized;
}
