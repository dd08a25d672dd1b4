import fc from 'fast-check';
import type { Fact, Planned } from '../../lib/ledger/fact.ts';
import { keyOf } from '../../lib/ledger/key.ts';
import type { OutcomeFact } from '../../lib/ledger/outcome.ts';
import { anyFact, anyFactOf, anyHash } from './ledger-facts.ts';

/** Consistent stories: an outcome is about the bundle planned before it, item by item. */
export const anyStory: fc.Arbitrary<readonly Fact[]> = fc
  .record({
    id: anyHash,
    own: anyHash,
    seconds: fc.nat(2 ** 32 - 1),
    bundle: anyFactOf.planned,
    outcome: fc.oneof(anyFactOf.included, anyFactOf.reverted, anyFactOf.lost, anyFactOf.expired),
    noise: fc.array(anyFact, { maxLength: 3 }),
    settled: fc.boolean(),
  })
  .map(({ id, own, seconds, bundle: plannedFact, outcome, noise, settled }) => {
    const ofUpdate = <T extends Fact>(fact: T): T => ({ ...fact, updateId: id, updateAtSeconds: seconds });
    const ofBundle = <T extends Planned | OutcomeFact>(fact: T): T => ({
      ...ofUpdate(fact),
      ownTransactionHash: own,
    });
    const facts = [...noise.map(ofUpdate), ofBundle(plannedFact), ...(settled ? [ofBundle(outcome)] : [])];
    // As the ledger has them: one fact a key.
    return [...new Map(facts.map((fact) => [keyOf(fact).sk, fact])).values()];
  });
