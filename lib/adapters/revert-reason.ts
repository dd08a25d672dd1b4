import { getBytes, hexlify, type Interface, isHexString, toUtf8Bytes } from 'ethers';
import { lateInterface } from '../ethereum/late-interface.ts';
import { executorInterface } from '../executor.ts';
import type { Hex } from '../hex.ts';

/**
 * What a relay's `error` and `revert` texts mean. `revert` is the returned data, as hex on some relays and on
 * geth's as a string, in which every byte that is not UTF-8 has been lost: there the error's name survives,
 * its numbers do not.
 */
export function revertReason(error: string, revert: string): string {
  const meaning = isHexString(revert) ? decode(revert) : decodeText(revert);
  return [error, meaning].filter((part) => part !== undefined && part !== '').join(': ');
}

const SOLIDITY = lateInterface(['error Error(string reason)', 'error Panic(uint256 code)']);
const ERROR_STRING = 'Error';

/** Custom errors by name and arguments, a nested reason in its turn; hex where nothing fits. */
function decode(data: Hex): string {
  try {
    const found = executorInterface.parseError(data) ?? SOLIDITY.parseError(data);
    if (found === null) return data === '0x' ? '' : data;
    if (found.name === ERROR_STRING) return String(found.args[0]);
    const args = found.fragment.inputs.map(
      ({ name, type }, at) => `${name} ${type === 'bytes' ? decode(found.args[at]) : found.args[at]}`,
    );
    return `${found.name}(${args.join(', ')})`;
  } catch {
    return data;
  }
}

function decodeText(text: string): string {
  if (!text.includes(LOST)) {
    const data = hexlify(toUtf8Bytes(text));
    const meaning = decode(data);
    if (meaning !== data) return meaning;
  }
  const name = mangledName(text);
  return name === undefined || name === ERROR_STRING ? longestText(text) : name;
}

/** U+FFFD: what decoders write for bytes that are not UTF-8. */
const LOST = '\ufffd';

/** The error whose selector, mangled in the same way, the text begins with; arguments begin with a zero byte. */
function mangledName(text: string): string | undefined {
  const squeezed = squeeze(text);
  mangled ??= [executorInterface, SOLIDITY].flatMap(mangledSelectors);
  const names = mangled.filter(
    ({ selector }) => squeezed === selector || squeezed.startsWith(`${selector}\0`),
  );
  return names.length === 1 ? names[0]?.name : undefined;
}

/** Decoders differ in how many U+FFFD they write for one broken sequence. */
const squeeze = (text: string): string => text.replace(/\ufffd+/g, LOST);

type MangledError = { readonly selector: string; readonly name: string };

/** Hashed when the first text has to be read, which few processes ever do. */
let mangled: readonly MangledError[] | undefined;

function mangledSelectors(contract: Interface): readonly MangledError[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const found: MangledError[] = [];
  contract.forEachError(({ selector, name }) => {
    const text = squeeze(decoder.decode(getBytes(selector)));
    // Of a selector without any text in it nothing is left to know it by.
    if (text !== LOST) found.push({ selector: text, name });
  });
  return found;
}

function longestText(text: string): string {
  const runs = text.match(/[ -~]{4,}/g) ?? [];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '').trim();
}
