import { Interface } from 'ethers';
import { beforeAll, expect, test } from 'vitest';
import { artifact } from '../../devnet/chain/artifact.ts';
import { compileAave } from '../../devnet/chain/compile.ts';
import { executorRules } from '../../lib/bundle/rules.ts';

const AAVE = '0x00000000000000000000000000000000000000A1';
const OTHER_AAVE = '0x00000000000000000000000000000000000000A2';
const POOL = '0x00000000000000000000000000000000000000B1';

let aavePool: Interface;
beforeAll(async () => {
  aavePool = new Interface((await compileAave()).get('PoolInstance').abi);
});

test('a rule names a function of the real contract, and binds each word that receives tokens', () => {
  const uniswapPool = new Interface(artifact('@uniswap/v3-core', 'UniswapV3Pool').abi);
  const rules = executorRules({ aavePools: [AAVE], uniswapV3Pools: [POOL] });
  const named = rules.map(({ target, selector, allowed, selfWords }) => {
    const fragment = (target === AAVE ? aavePool : uniswapPool).getFunction(selector);
    const bound = fragment?.inputs.filter((_, word) => (selfWords >> BigInt(word)) & 1n);
    return [target, fragment?.name, allowed, bound?.map(({ name }) => name)];
  });

  expect(named).toEqual([
    [AAVE, 'liquidationCall', true, []],
    [AAVE, 'flashLoanSimple', true, ['receiverAddress']],
    [POOL, 'swap', true, ['recipient']],
  ]);
});

test('every target has its rules', () => {
  const rules = executorRules({ aavePools: [AAVE, OTHER_AAVE], uniswapV3Pools: [] });
  expect(rules.map(({ target }) => target)).toEqual([AAVE, AAVE, OTHER_AAVE, OTHER_AAVE]);
  expect(executorRules({ aavePools: [], uniswapV3Pools: [] })).toEqual([]);
});
