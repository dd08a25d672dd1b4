import type { Hex } from '../../lib/hex.ts';

/**
 * Runtime code of an aggregator that has only ever had this answer: every getter gives it as of now, alone or as a
 * round, whose number it then is too; `decimals()` alone gives these.
 */
export function fixedAnswerCode(answer: bigint, decimals: number): Hex {
  const word = `7f${BigInt.asUintN(256, answer).toString(16).padStart(64, '0')}`;
  const jumpIfDecimals = '60003560e01c63313ce56714608857';
  const round = `${word}600052${word}6020524260405242606052${word}60805260a06000f3`;
  const decimalsAlone = `5b60${decimals.toString(16).padStart(2, '0')}60005260206000f3`;
  return `0x${jumpIfDecimals}${round}${decimalsAlone}`;
}
