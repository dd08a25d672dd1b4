import { Interface } from 'ethers';
import { beforeAll, expect, test } from 'vitest';
import { artifact } from '../../devnet/chain/artifact.ts';
import { compileAave, compileMorpho, compileOwn } from '../../devnet/chain/compile.ts';
import { executorRules } from '../../lib/bundle/rules.ts';
import type { Address } from '../../lib/hex.ts';
import { liquidationCallOf } from '../../lib/protocols/aave-v3/opportunity.ts';
import { allowedCallsOf } from '../../lib/protocols/compound-v3/opportunity.ts';
import { liquidateOf } from '../../lib/protocols/morpho-blue/opportunity.ts';
import { forgeArtifact } from '../support/venues/uniswap-v4.ts';

const AAVE = '0x00000000000000000000000000000000000000A1';
const OTHER_AAVE = '0x00000000000000000000000000000000000000A2';
const POOL = '0x00000000000000000000000000000000000000B1';
const PAIR = '0x00000000000000000000000000000000000000b2';
const MANAGER = '0x00000000000000000000000000000000000000c1';
const MORPHO = '0x00000000000000000000000000000000000000D1';
const VAULT = '0x00000000000000000000000000000000000000f1';
const LENDER = '0x00000000000000000000000000000000000000F2';
const COMET = '0x00000000000000000000000000000000000000e1';

/** The ABI of the real contract behind each of these addresses. */
let real: Readonly<Record<Address, Interface>>;
beforeAll(async () => {
  real = {
    [AAVE]: new Interface((await compileAave()).get('PoolInstance').abi),
    [POOL]: new Interface(artifact('@uniswap/v3-core', 'UniswapV3Pool').abi),
    [PAIR]: new Interface(artifact('@uniswap/v2-core', 'UniswapV2Pair').abi),
    [MANAGER]: new Interface(forgeArtifact('PoolManager').abi),
    [MORPHO]: new Interface((await compileMorpho()).get('Morpho').abi),
    // No package has the real one; ours is of its published interface.
    [COMET]: new Interface((await compileOwn()).get('StandInComet').abi),
    [VAULT]: new Interface((await compileOwn()).get('FakeBalancerVault').abi),
    [LENDER]: new Interface((await compileOwn()).get('FakeErc3156Lender').abi),
  };
});

test('a rule names a function of the real contract, and binds each word that receives tokens', () => {
  const rules = executorRules({
    liquidations: [liquidationCallOf(AAVE), liquidateOf(MORPHO), ...allowedCallsOf(COMET)],
    aavePools: [AAVE],
    uniswapV3Pools: [POOL],
    uniswapV2Pairs: [PAIR],
    uniswapV4Managers: [MANAGER],
    morphos: [MORPHO],
    balancerVaults: [VAULT],
    erc3156Lenders: [LENDER],
  });
  const named = rules.map(({ target, selector, allowed, selfWords }) => {
    const fragment = real[target]?.getFunction(selector);
    const bound = fragment?.inputs.filter((_, word) => (selfWords >> BigInt(word)) & 1n);
    return [target, fragment?.name, allowed, bound?.map(({ name }) => name)];
  });

  expect(named).toEqual([
    [AAVE, 'liquidationCall', true, []],
    [MORPHO, 'liquidate', true, []],
    [COMET, 'absorb', true, ['absorber']],
    [COMET, 'buyCollateral', true, ['recipient']],
    [AAVE, 'flashLoanSimple', true, ['receiverAddress']],
    [POOL, 'swap', true, ['recipient']],
    [PAIR, 'swap', true, ['to']],
    [MANAGER, 'unlock', true, []],
    [MANAGER, 'take', true, ['to']],
    [MANAGER, 'swap', true, []],
    [MORPHO, 'flashLoan', true, []],
    [VAULT, 'flashLoan', true, ['recipient']],
    [LENDER, 'flashLoan', true, ['receiver']],
  ]);
});

test('every target has its rules', () => {
  const rules = executorRules({ aavePools: [AAVE, OTHER_AAVE], uniswapV3Pools: [] });
  expect(rules.map(({ target }) => target)).toEqual([AAVE, OTHER_AAVE]);
  expect(executorRules({ aavePools: [], uniswapV3Pools: [] })).toEqual([]);
});
