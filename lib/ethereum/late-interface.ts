import { Interface, id } from 'ethers';
import type { Hex } from '../hex.ts';

/**
 * An ABI that ethers parses when it is first asked for what the text does not say as plainly. A process that begins has
 * two hundred fragments, and for its first race needs the selectors and topics of some and the types of their words.
 */
export function lateInterface(fragments: readonly string[]): Interface {
  let parsed: Interface | undefined;
  const blank: Interface = Object.create(Interface.prototype);
  const late = new Proxy(blank, {
    get(_, name) {
      parsed ??= new Interface(fragments);
      const value: unknown = Reflect.get(parsed, name);
      return typeof value === 'function' ? value.bind(parsed) : value;
    },
  });
  TEXTS.set(late, fragments);
  return late;
}

const TEXTS = new WeakMap<Interface, readonly string[]>();

/** One value of a signature; no tuple. */
export interface Value {
  readonly type: string;
  readonly name: string | null;
}

export interface Signature {
  readonly hash: Hex;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** The one output is a struct of this name, and these are its members. */
  readonly struct?: { readonly name: string | null } | undefined;
}

/** A function's, as the text has it; `undefined` for what is not in it, or not as plain as this. */
export function signatureOf(contract: Interface, name: string): Signature | undefined {
  const text = textOf(contract, `function ${name}(`);
  const [, inputsText, outputsText = ''] = (text && PLAIN.exec(text)) || [];
  if (inputsText === undefined) return undefined;
  const [, members, structName = ''] = STRUCT.exec(outputsText) ?? [];
  const [inputs, outputs] = [valuesOf(inputsText), valuesOf(members ?? outputsText)];
  if (inputs === undefined || outputs === undefined) return undefined;
  const hash = id(`${name}(${inputs.map(({ type }) => type).join(',')})`);
  return { hash, inputs, outputs, struct: members === undefined ? undefined : { name: structName || null } };
}

/** @throws TypeError for an event that the ABI does not have */
export function topicOf(contract: Interface, event: string): Hex {
  const text = textOf(contract, `event ${event}(`);
  const topic = text ? id(typesOnly(text.slice('event '.length))) : contract.getEvent(event)?.topicHash;
  if (topic === undefined) throw new TypeError(`The ABI has no event ${event}: add it.`);
  return topic;
}

const textOf = (contract: Interface, start: string): string | undefined =>
  TEXTS.get(contract)?.find((one) => one.startsWith(start));

/** `Name(address indexed a, tuple(uint256 b) c)` as it is hashed: `Name(address,(uint256))`. */
const typesOnly = (text: string): string =>
  text
    .replaceAll('tuple(', '(')
    .replaceAll(/\s+indexed\b/g, '')
    .replaceAll(/\s+\w+(?=\s*[,)])/g, '')
    .replaceAll(/\s+/g, '');

const PLAIN = /^\w+ \w+\(([^()]*)\)(?: view)?(?: returns \((.*)\))?$/s;
const STRUCT = /^tuple\(([^()]*)\)\s*(\w*)$/s;
const VALUE = /^(address|bool|string|bytes\d*|u?int\d+)((?:\[\])*)(?:\s+indexed)?(?:\s+(\w+))?$/;

function valuesOf(text: string): readonly Value[] | undefined {
  if (text.trim() === '') return [];
  const values = text.split(',').flatMap((one): Value[] => {
    const [, type, brackets, name] = VALUE.exec(one.trim()) ?? [];
    return type === undefined ? [] : [{ type: `${type}${brackets}`, name: name ?? null }];
  });
  return values.length === text.split(',').length ? values : undefined;
}
