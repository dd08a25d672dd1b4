import { compileAave, compileMorpho, compileOwn } from '../../devnet/chain/compile.ts';

/** Compiles every contract once, before the first test file starts: later runs find them in the cache. */
export default async function setup(): Promise<void> {
  await Promise.all([compileOwn(), compileAave(), compileMorpho()]);
}
