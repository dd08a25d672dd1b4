import { ContractError } from '../errors.ts';
import type { KnownSource } from '../oracles/known-source.ts';
import { constantPrice, fixedPrice } from '../oracles/sources/fixed-price.ts';
import { read } from '../protocols/aave-v3/read.ts';
import { codeLines } from './chain-checks.ts';
import type { Check } from './examine.ts';
import type { Patient } from './patient.ts';

/** Name of the line that says whether an Aave market can be read at all. */
export const marketLine = (index: number): string => `aaveV3[${index}] is understood`;

export function marketChecks(patient: Patient): readonly Check[] {
  const { network, chain } = patient;
  return network.aaveV3.flatMap((market, index) => {
    const snapshot = async () => read(chain, market, [], (await chain.head()).number);
    return [
      {
        name: marketLine(index),
        needs: codeLines(patient),
        async examine() {
          const { pool } = await snapshot();
          return `pool revision ${pool.rules.revision}, ${pool.reserves.filter(Boolean).length} reserves`;
        },
      },
      {
        name: `prices of aaveV3[${index}]`,
        needs: [marketLine(index)],
        async examine() {
          const { oracle, prices } = await snapshot();
          const sources = [...prices.sources.values()].flatMap(
            ({ address }) => oracle.sources.get(address) ?? [],
          );
          const opaque = sources.filter(isFrozen);
          if (opaque.length === 0) return `${sources.length} sources, ${oracle.feeds.size} feeds`;
          const listed = opaque
            .map(({ address, opaqueBecause = 'readsNoFeed' }) => `${address} (${opaqueBecause})`)
            .join(', ');
          return {
            wrong: `${opaque.length} price sources are frozen at their last answer: ${listed}.`,
            advice: 'Teach lib/oracles/sources about them, or know that their borrowers are misjudged.',
          };
        },
      },
    ];
  });
}

/** Itself opaque, or above something that is; a price that is fixed by design is neither. */
const isFrozen = ({ kind, aggregators }: KnownSource): boolean =>
  kind === 'opaque' || (aggregators.length === 0 && !FIXED.has(kind));

const FIXED: ReadonlySet<string> = new Set([fixedPrice.id, constantPrice.id]);

/** Thrown where the configuration names no executor. */
export const noExecutor = (): ContractError =>
  new ContractError('The configuration names no executor: run `liquidator deploy-executor`.');
