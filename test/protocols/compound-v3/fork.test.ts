import { expect, test } from 'vitest';
import { ADDRESSES } from '../../../lib/addresses.ts';
import { compareOnFork } from '../../support/compound-fork.ts';
import { startFuzzGround } from '../../support/fuzz/compound-v3/market.ts';
import { randomWorld } from '../../support/fuzz/compound-v3/world.ts';
import { Random } from '../../support/fuzz/random.ts';

const { MAINNET_RPC_URL } = process.env;
const NOT_RUN =
  'Compound III was not compared with its deployment on mainnet: set MAINNET_RPC_URL to the URL of an archive node';

// How the comparison itself fares: our stand-in on a node of ours takes mainnet's place.
test('the comparison with a forked deployment finds no difference where there is none', async () => {
  const ground = await startFuzzGround();
  const { comet } = await randomWorld(new Random(11), ground);
  const compared = await compareOnFork(ground.anvil.url, comet, 1_000);
  await ground.stop();
  expect(compared.differences).toEqual([]);
  expect(compared.accounts).toBeGreaterThan(0);
  expect(compared.liquidations).toBeGreaterThan(0);
});

test.for(Object.entries(ADDRESSES.get(1)?.compoundV3 ?? {}))(
  'the model agrees with the market of %s on mainnet, forked',
  async ([, { comet }], { skip }) => {
    skip(MAINNET_RPC_URL === undefined, NOT_RUN);
    const compared = await compareOnFork(MAINNET_RPC_URL ?? '', comet, 50_000);
    expect(compared.differences).toEqual([]);
    expect(compared.accounts).toBeGreaterThan(0);
    expect(compared.liquidations).toBeGreaterThan(0);
  },
);
