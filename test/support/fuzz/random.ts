/** Reproducible randomness: the same seed, the same cases. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1): the mulberry32 generator. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

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
