import { staticReadsOf } from '../static-words.ts';

export const { wordsRead, getterRead } = staticReadsOf('a Comet of Compound III');
