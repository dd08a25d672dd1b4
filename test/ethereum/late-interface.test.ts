import { Interface } from 'ethers';
import { expect, test } from 'vitest';
import { lateInterface, signatureOf, topicOf } from '../../lib/ethereum/late-interface.ts';
import { executorInterface } from '../../lib/executor.ts';
import * as aave from '../../lib/protocols/aave-v3/abi.ts';
import * as comet from '../../lib/protocols/compound-v3/abi.ts';
import * as morpho from '../../lib/protocols/morpho-blue/abi.ts';

const ALL: readonly Interface[] = [
  executorInterface,
  ...[aave, comet, morpho].flatMap((abi) => Object.values(abi).filter((one) => one instanceof Interface)),
];

test('what the text says is what ethers reads in it', () => {
  let plain = 0;
  for (const contract of ALL) {
    contract.forEachFunction((fragment) => {
      const { name, selector, inputs, outputs } = fragment;
      const signature = signatureOf(contract, name);
      if (signature === undefined) return;
      plain += 1;
      const struct = outputs[0]?.components ? { name: outputs[0].name || null } : undefined;
      const told = (values: typeof inputs) =>
        values.map((one) => ({ type: one.type, name: one.name || null }));
      expect({ ...signature, hash: signature.hash.slice(0, 10) }).toEqual({
        ...{ hash: selector, inputs: told(inputs), struct },
        outputs: told(outputs[0]?.components ?? outputs),
      });
    });
    contract.forEachEvent(({ name, topicHash }) => expect(topicOf(contract, name)).toBe(topicHash));
  }
  // All but those that take or return structs in structs, lists of them, or a struct beside something else.
  expect(plain).toBeGreaterThan(50);
});

test('is an interface for whoever asks for one, parsed when it is asked', () => {
  const late = lateInterface(['function f(address a) view returns (uint256)', 'error E(uint256)']);
  const early = new Interface(['function f(address a) view returns (uint256)', 'error E(uint256)']);
  expect(late).toBeInstanceOf(Interface);
  expect(late.fragments.map((one) => one.format())).toEqual(early.fragments.map((one) => one.format()));
  const data = early.encodeErrorResult('E', [7n]);
  expect(late.parseError(data)?.args[0]).toBe(7n);
  expect(() => topicOf(late, 'F')).toThrow('The ABI has no event F');
});
