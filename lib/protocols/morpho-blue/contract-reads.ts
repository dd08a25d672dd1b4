import { staticReadsOf } from '../static-words.ts';

export const { wordsRead, getterRead } = staticReadsOf('a Morpho Blue market');
