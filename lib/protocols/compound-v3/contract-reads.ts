import { staticReadsOf } from '../static-words.ts';

export const { wordsRead, wordRead } = staticReadsOf('a Comet of Compound III');
