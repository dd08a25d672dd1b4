import { Interface, ZeroAddress } from 'ethers';
import fc from 'fast-check';
import type { Call } from '../../lib/call.ts';
import {
  type ExecutorItem,
  type ExecutorTerms,
  encodeCalls,
  encodeSwapCallback,
} from '../../lib/executor.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import { flashLoanSimple, flashSwap, liquidation, swap } from './calls.ts';
import type { RichWorld } from './drain.ts';
import { NO_TERMS } from './execute.ts';
import { DEBT, WETH } from './world.ts';

/** One transaction of an operator who tries everything, sensible things often enough to get somewhere. */
export interface Attempt {
  readonly items: readonly ExecutorItem[];
  readonly terms: ExecutorTerms;
}

export interface Universe {
  readonly world: RichWorld;
  readonly lenders: readonly Address[];
  /** Balancer's, EIP-3156's, and a manager of V4's interface that deals in ether. */
  readonly vault: Deployed;
  readonly erc3156: Deployed;
  readonly manager: Deployed;
  readonly tokens: readonly Address[];
  /** Everybody and everything, the above included. */
  readonly addresses: readonly Address[];
}

export function attempts(universe: Universe): fc.Arbitrary<readonly Attempt[]> {
  const { call } = calls(universe);
  const minProfitWei = mostly(0n, 1n, WETH, 100n * WETH);
  const gasLimit = mostly(30_000_000n, 0n, 100_000n, 2n ** 256n - 1n);
  const several = fc.array(call, { minLength: 2, maxLength: 3 });
  const one = call.map((only) => [only]);
  const item = fc.record({ calls: fc.oneof(one, one, one, several), minProfitWei, gasLimit });
  const terms = fc.record({
    minProfitWei,
    bidBps: mostly(10_000n, 0n, 1n, 5_000n, 9_999n, 10_001n),
    gasCostWei: mostly(0n, 1n, WETH / 10n, 100n * WETH),
    deadlineSeconds: fc.constant(NO_TERMS.deadlineSeconds),
  });
  const attempt = fc.record({ items: fc.array(item, { minLength: 1, maxLength: 3 }), terms });
  return fc.array(attempt, { minLength: 1, maxLength: 4 });
}

/** The first of them two times in three. */
const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

/** A call may carry calls for its callback, two levels down. */
const calls = (universe: Universe) =>
  fc.letrec<{ call: Call; inner: readonly Call[] }>((tie) => ({
    inner: fc.array(tie('call'), { maxLength: 2, depthIdentifier: 'callback' }),
    call: fc
      .tuple(
        fc.oneof(
          { maxDepth: 3, depthIdentifier: 'callback' },
          { weight: 1, arbitrary: rawCall(universe) },
          { weight: 1, arbitrary: tokenCall(universe) },
          { weight: 3, arbitrary: repayment(universe) },
          { weight: 4, arbitrary: fc.constant(flashSwap(universe.world)) },
          { weight: 3, arbitrary: randomSwap(universe, tie('inner')) },
          { weight: 3, arbitrary: loan(universe, tie('inner')) },
          { weight: 2, arbitrary: otherLoan(universe, tie('inner')) },
          { weight: 2, arbitrary: unlocking(universe, tie('inner')) },
          { weight: 1, arbitrary: taking(universe) },
        ),
        distortion(universe),
      )
      .map(([call, distorted]) => ({ ...call, ...distorted })),
  }));

const AMOUNTS = [
  0n,
  1n,
  DEBT / 2n,
  DEBT,
  WETH,
  2n * WETH,
  5n * WETH,
  60n * WETH,
  2n ** 128n,
  2n ** 255n - 1n,
];
const amount = fc.constantFrom(...AMOUNTS);
const tokenOf = ({ tokens }: Universe) => fc.constantFrom(...tokens);
const addressOf = ({ addresses }: Universe) => fc.constantFrom(...addresses);
/** The executor, as a rule. */
const recipientOf = (universe: Universe) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(universe.world.executor.address) },
    { weight: 1, arbitrary: addressOf(universe) },
  );

/** Now and then another allowance, another callback, another balance written in. */
function distortion(universe: Universe): fc.Arbitrary<Partial<Call>> {
  const token = tokenOf(universe);
  const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 12, arbitrary: fc.constant({}) }, { weight: 1, arbitrary });
  const approve = fc.record({ token, amount }).map((value) => ({ approve: value }));
  const callsBack = fc.boolean().map((value) => ({ callsBack: value }));
  const offset = fc.oneof(fc.constantFrom(0, 4, 20, 36, 68, 100, 132), fc.nat(2_000));
  const spendBalance = fc.record({ token, offset }).map((value) => ({ spendBalance: value }));
  return fc
    .tuple(seldom(approve), seldom(callsBack), seldom(spendBalance))
    .map(([first, second, third]) => ({ ...first, ...second, ...third }));
}

function rawCall(universe: Universe): fc.Arbitrary<Call> {
  const bytes = fc
    .uint8Array({ maxLength: 100 })
    .map((array): Hex => `0x${Buffer.from(array).toString('hex')}`);
  return fc.record({ target: addressOf(universe), data: bytes });
}

const verbs = new Interface([
  'function transfer(address to, uint256 amount)',
  'function approve(address to, uint256 amount)',
  'function mint(address to, uint256 amount)',
]);

function tokenCall(universe: Universe): fc.Arbitrary<Call> {
  const verb = fc.constantFrom('transfer', 'approve', 'mint');
  return fc
    .tuple(addressOf(universe), verb, addressOf(universe), amount)
    .map(([target, name, to, value]) => ({
      target,
      data: verbs.encodeFunctionData(name, [to, value]),
    }));
}

function repayment({ world }: Universe): fc.Arbitrary<Call> {
  const { weth, usdc } = world;
  return fc
    .tuple(fc.constantFrom(weth, usdc), fc.constantFrom(weth, usdc), amount)
    .map(([collateral, debt, value]) => liquidation(world, { collateral, debt, amount: value }));
}

function randomSwap(universe: Universe, inner: fc.Arbitrary<readonly Call[]>): fc.Arbitrary<Call> {
  const { world } = universe;
  const { weth, usdc } = world;
  return fc
    .tuple(
      fc.boolean(),
      fc.boolean(),
      amount,
      recipientOf(universe),
      inner,
      fc.option(tokenOf(universe), { freq: 6 }),
    )
    .map(([sellsWeth, exactIn, value, recipient, calls, otherToken]) => {
      const [tokenIn, tokenOut] = sellsWeth ? [weth.address, usdc.address] : [usdc.address, weth.address];
      const data = encodeSwapCallback(otherToken ?? tokenIn, calls);
      return swap(world, { recipient, tokenIn, tokenOut, amount: exactIn ? value : -value, data });
    });
}

function loan(universe: Universe, inner: fc.Arbitrary<readonly Call[]>): fc.Arbitrary<Call> {
  return fc
    .tuple(fc.constantFrom(...universe.lenders), recipientOf(universe), tokenOf(universe), amount, inner)
    .map(([lender, receiver, token, value, calls]) =>
      flashLoanSimple(universe.world, { lender, receiver, token, amount: value, params: encodeCalls(calls) }),
    );
}

function otherLoan(universe: Universe, inner: fc.Arbitrary<readonly Call[]>): fc.Arbitrary<Call> {
  const { vault, erc3156 } = universe;
  return fc
    .tuple(fc.boolean(), recipientOf(universe), tokenOf(universe), amount, inner)
    .map(([byVault, receiver, token, value, calls]): Call => {
      const [lender, what] = byVault
        ? ([vault, [[token], [value]]] as const)
        : ([erc3156, [token, value]] as const);
      const data = lender.abi.encodeFunctionData('flashLoan', [receiver, ...what, encodeCalls(calls)]);
      return { target: lender.address, data, callsBack: true };
    });
}

/** Pays in ether, or in some token, what the manager says it is owed. */
function unlocking(universe: Universe, inner: fc.Arbitrary<readonly Call[]>): fc.Arbitrary<Call> {
  const { address, abi } = universe.manager;
  return fc
    .tuple(fc.oneof(fc.constant(ZeroAddress), tokenOf(universe)), taking(universe), inner)
    .map(([currency, take, calls]) => {
      const data = abi.encodeFunctionData('unlock', [encodeSwapCallback(currency, [take, ...calls])]);
      return { target: address, data, callsBack: true };
    });
}

function taking(universe: Universe): fc.Arbitrary<Call> {
  const { address, abi } = universe.manager;
  const ether = fc.constantFrom(0n, 1n, WETH / 2n, WETH);
  const currency = fc.oneof(
    { weight: 4, arbitrary: fc.constant(ZeroAddress) },
    { weight: 1, arbitrary: tokenOf(universe) },
  );
  return fc.tuple(currency, recipientOf(universe), ether).map(([what, to, value]) => ({
    target: address,
    data: abi.encodeFunctionData('take', [what, to, value]),
  }));
}
