import { Chance } from '../../../devnet/chance.ts';

/** What cases are drawn with: the same seed, the same cases. */
export class Random extends Chance {
  /** In [low, high], both inclusive. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  pick<const T extends readonly [unknown, ...unknown[]]>(items: T): T[number] {
    return items[this.integer(0, items.length - 1)] ?? items[0];
  }

  /** Between 2^lowBits and 2^highBits, every size equally likely, all digits random. */
  amount(lowBits: number, highBits: number): bigint {
    const bits = this.integer(lowBits, highBits - 1);
    let value = 1n;
    for (let bit = 0; bit < bits; bit += 16) value = (value << 16n) | BigInt(this.integer(0, 0xffff));
    return value >> BigInt((16 - (bits % 16)) % 16) || 1n;
  }
}
