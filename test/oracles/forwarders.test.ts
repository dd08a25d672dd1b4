import { Interface, toQuantity } from 'ethers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../devnet/chain/accounts.ts';
import { signTransaction } from '../../devnet/chain/sign.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { decodeUpdates, isRefused } from '../../lib/oracles/decode.ts';
import { read } from '../../lib/oracles/read.ts';
import { signatureRefusal } from '../../lib/oracles/signatures.ts';
import {
  type LabFeed,
  labSigners,
  labTransmitters,
  type OracleLab,
  startOracleLab,
} from '../support/oracle-lab.ts';
import { forwarderInterface } from '../support/transmits.ts';

/** What is refused here, the real forwarders revert; what is accepted, lands. */
let lab: OracleLab;
let feed: LabFeed;
let forwarder: Address;
/** Speaks through the other one. */
let outer: Address;
const [sender, successor, stranger] = labTransmitters;

beforeAll(async () => {
  lab = await startOracleLab();
  const { script, own } = lab;
  const addressOf = (account: Account | undefined) => account?.address ?? '';
  outer = script.deploy(own.get('AuthorizedForwarder'), [[addressOf(sender)]]);
  forwarder = script.deploy(own.get('AuthorizedForwarder'), [[addressOf(sender), outer]]);
  const others = labTransmitters.slice(1, labSigners.length).map(addressOf);
  feed = lab.feed(8, 'FORWARDED / USD', undefined, [forwarder, ...others]);
  await script.mine();
  for (const { address } of labTransmitters) {
    await lab.anvil.rpc('anvil_setBalance', [address, toQuantity(10n ** 20n)]);
  }
});
afterAll(() => lab?.stop());

const call = (how: string, to: Address, data: Hex) => forwarderInterface.encodeFunctionData(how, [to, data]);
let round = 0x0100;

/** A good report, brought in this way. @returns what we make of it, and whether it landed */
async function bring(from: Account | undefined, way: (transmit: Hex) => { to: Address; data: Hex }) {
  if (from === undefined) throw new Error('The laboratory has too few transmitters.');
  round += 1;
  const { number, timestampSeconds } = await lab.chain.head();
  const report = {
    epochAndRound: round,
    observedAtSeconds: timestampSeconds,
    observations: [1_000n, 1_000n + BigInt(round)],
  };
  const nonce = Number(await lab.anvil.rpc('eth_getTransactionCount', [from.address, 'latest']));
  const envelope = { chainId: 31337, nonce, gasLimit: 2_000_000, ...way(await lab.transmit(feed, report)) };
  const { rawTransaction, hash } = signTransaction(from, envelope);
  const { feeds } = await read(lab.chain, [feed.proxy], number);
  const found = decodeUpdates(rawTransaction, feeds, 31337, 0).map((one) => {
    const known = feeds.get(feed.aggregator);
    if (isRefused(one) || known === undefined) return 'reason' in one ? one.reason : 'no feed';
    return signatureRefusal(one, known) ?? 'accepted';
  });
  await lab.anvil.rpc('eth_sendRawTransaction', [rawTransaction]);
  await lab.script.mine();
  const receipt = Object(await lab.anvil.rpc('eth_getTransactionReceipt', [hash]));
  return [found[0], receipt.status === '0x1'];
}

const forward = (transmit: Hex) => ({ to: forwarder, data: call('forward', feed.aggregator, transmit) });
const nested = (transmit: Hex) => ({ to: outer, data: call('forward', forwarder, forward(transmit).data) });

test('a sender of the forwarder is heard, through another forwarder too', async () => {
  expect(await bring(sender, forward)).toEqual(['accepted', true]);
  expect(await bring(sender, nested)).toEqual(['accepted', true]);
});

test('a stranger is not, however he goes about it', async () => {
  expect(await bring(stranger, forward)).toEqual(['unauthorisedSender', false]);
  expect(await bring(stranger, nested)).toEqual(['unauthorisedSender', false]);
  const asOwner = (transmit: Hex) => ({
    to: forwarder,
    data: call('ownerForward', feed.aggregator, transmit),
  });
  expect(await bring(stranger, asOwner)).toEqual(['unauthorisedSender', false]);
  // A call to a key succeeds, and does nothing: no answer changes.
  const throughKey = (transmit: Hex) => ({ ...forward(transmit), to: successor?.address ?? '' });
  expect(await bring(stranger, throughKey)).toEqual(['unauthorisedSender', true]);
});

test('whoever takes over as its sender is heard from the next block on, and whoever leaves is not', async () => {
  const setter = new Interface(['function setAuthorizedSenders(address[])']);
  lab.script.call(forwarder, setter, 'setAuthorizedSenders', [[successor?.address]]);
  await lab.script.mine();
  expect(await bring(successor, forward)).toEqual(['accepted', true]);
  expect(await bring(sender, forward)).toEqual(['unauthorisedSender', false]);
});
