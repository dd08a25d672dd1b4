import { keccak256 } from 'ethers';
import type { Hex } from '../hex.ts';

/** By Node itself: ethers reads hexadecimal digits letter by letter, which takes longer than to hash them. */
export const bytesOf = (hex: Hex): Buffer => Buffer.from(hex.slice(2), 'hex');

/** `keccak256` of the bytes that these digits stand for; whether they are digits is not checked. */
export const hashOf = (hex: Hex): Hex => keccak256(bytesOf(hex));
