import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The dependency rules of the design, read off the imports. */
const files = ['lib', 'functions', 'bin', 'devnet', 'bench'].flatMap(sourceFiles).map(read);

const PURE = [
  'ethereum',
  'math',
  'oracles',
  'protocols',
  'watchlist',
  'venues',
  'flash',
  'planning',
  'bundle',
  'ledger',
];

/** From the ground up; an import points at the same layer's own folder or at a lower layer. */
const LAYERS: readonly (readonly string[])[] = [
  ['lib/math', 'lib/errors.ts', 'lib/metric-names.ts', 'lib/hex.ts', 'lib/ethereum', 'lib/network-file.ts'],
  [
    'lib/block.ts',
    'lib/call.ts',
    'lib/decision.ts',
    'lib/foresight.ts',
    'lib/price-change.ts',
    'lib/watchlist-store.ts',
  ],
  ['lib/domain.ts', 'lib/executor.ts', 'lib/chain.ts'],
  ['lib/addresses.ts'],
  ['lib/oracles', 'lib/venues', 'lib/flash', 'lib/watchlist'],
  ['lib/protocols'],
  ['lib/planning', 'lib/bundle', 'lib/ledger'],
  ['lib/config.ts', 'lib/market'],
  ['lib/racing', 'lib/triggers', 'lib/settling', 'lib/replay', 'lib/dashboard', 'lib/refresh'],
  ['lib/race.ts'],
  ['lib/racer.ts', 'lib/watcher', 'lib/webhook'],
  ['lib/deploy'],
  ['lib/doctor'],
  ['functions', 'bin', 'devnet', 'bench'],
];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

test('there are source files to judge', () => {
  expect(files.filter(({ path }) => path.startsWith('lib/')).length).toBeGreaterThan(20);
  expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(50);
});

describe('imports point down', () => {
  test('every file under lib has a layer', () => {
    const free = files.filter(({ path }) => path.startsWith('lib/') && !isFreeOfLayers(path));
    expect(free.filter(({ path }) => layerOf(path) === -1).map(({ path }) => path)).toEqual([]);
  });

  test('no import points up or across', () => {
    const wrong = edges(
      (edge) => !isFreeOfLayers(edge.from) && !isFreeOfLayers(edge.to) && pointsUpOrAcross(edge),
    );
    expect(wrong).toEqual([]);
  });

  test('only adapter types are seen below the functions', () => {
    const wrong = edges(
      ({ from, to, typeOnly }) =>
        to.startsWith('lib/adapters/') &&
        from.startsWith('lib/') &&
        !from.startsWith('lib/adapters/') &&
        !typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  test('adapters know nothing of plug-ins or of the race', () => {
    const allowed =
      /^lib\/(adapters|math|ledger|domain|chain|block|call|decision|hex|ethereum|errors|executor|foresight|config|network-file|addresses|metric-names|watchlist-store)/;
    expect(
      edges(({ from, to }) => from.startsWith('lib/adapters/') && to.startsWith('lib/') && !allowed.test(to)),
    ).toEqual([]);
  });

  test('a protocol never imports another protocol', () => {
    const folder = (path: string) => /^lib\/protocols\/([^/]+)\//.exec(path)?.[1];
    const wrong = edges(({ from, to }) => {
      const [one, other] = [folder(from), folder(to)];
      return one !== undefined && other !== undefined && one !== other;
    });
    expect(wrong).toEqual([]);
  });

  test('nothing under lib or functions imports the box, the bench or the tests', () => {
    const wrong = edges(
      ({ from, to }) => /^(lib|functions)\//.test(from) && /^(devnet|bench|test|bin)\//.test(to),
    );
    expect(wrong).toEqual([]);
  });

  test('there is no circle', () => {
    expect(circles()).toEqual([]);
  });
});

describe('what is pure stays pure', () => {
  const pure = files.filter(({ path }) => PURE.some((folder) => path.startsWith(`lib/${folder}/`)));

  test('no I/O package, no clock, no chance, no environment', () => {
    const wrong = pure.flatMap(({ path, text, imports }) => [
      ...imports
        .filter(({ target, typeOnly }) => !typeOnly && /^(node:|@aws-sdk\/|@flashbots\/)/.test(target))
        .map(({ target }) => `${path} imports ${target}`),
      ...[...text.matchAll(/Date\.now|new Date\(\)|Math\.random|process\.env|performance\.now/g)].map(
        ([what]) => `${path} uses ${what}`,
      ),
    ]);
    expect(wrong).toEqual([]);
  });

  test('only what reads or discovers is async', () => {
    const asyncName = /async\s+(?:function\s*\*?\s*)?(\w+)\s*\(|(\w+)\s*[:=]\s*async\b/g;
    const wrong = pure.flatMap(({ path, text }) =>
      [...text.matchAll(asyncName)]
        .map((match) => match[1] ?? match[2] ?? '?')
        .filter((name) => !/^(read|discover)([A-Z]|$)/.test(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('each thing in its place', () => {
  test('aws-cdk-lib only under lib/infra', () => {
    const wrong = files.filter(
      ({ path, imports }) =>
        !path.startsWith('lib/infra/') &&
        imports.some(({ target }) => /^(aws-cdk-lib|constructs|cdk-nag)/.test(target)),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('process.env is read in lib/config.ts only', () => {
    const wrong = files.filter(
      ({ path, text }) =>
        /^(lib|functions)\//.test(path) &&
        path !== 'lib/config.ts' &&
        !path.startsWith('lib/infra/') &&
        text.includes('process.env'),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('no protocol is named in shared code', () => {
    const shared = files.filter(({ path }) =>
      /^lib\/(planning|bundle|ledger|racing|race|market|domain|settling|triggers)/.test(path),
    );
    expect(shared.filter(({ text }) => /protocol\s*===\s*['"]/.test(text)).map(({ path }) => path)).toEqual(
      [],
    );
  });

  test('no drawer for what has no subject', () => {
    const drawer = /(^|\/)(utils?|helpers?|common|shared|types?|misc)(\/|\.ts$)/;
    expect(files.filter(({ path }) => drawer.test(path)).map(({ path }) => path)).toEqual([]);
  });

  test('the two files to read first stay short', () => {
    const lines = (path: string) =>
      files.find((file) => file.path === path)?.text.split('\n').length ?? Infinity;
    expect(lines('lib/domain.ts')).toBeLessThanOrEqual(151);
    expect(lines('lib/race.ts')).toBeLessThanOrEqual(66);
    const handlers = files.filter(({ path }) => path.startsWith('functions/'));
    expect(handlers.filter(({ text }) => text.split('\n').length > 41).map(({ path }) => path)).toEqual([]);
  });
});

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function edges(isWrong: (edge: Edge) => boolean): readonly string[] {
  return files
    .flatMap(({ path, imports }) =>
      imports.map(({ target, typeOnly }): Edge => ({ from: path, to: target, typeOnly })),
    )
    .filter(isWrong)
    .map(({ from, to }) => `${from} → ${to}`);
}

/** Adapters are seen as types from everywhere; infrastructure stands beside everything. */
function isFreeOfLayers(path: string): boolean {
  return (
    path.startsWith('lib/adapters/') ||
    path.startsWith('lib/infra/') ||
    !/^(lib|functions|bin|devnet|bench)\//.test(path)
  );
}

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) => layer.some((place) => path === place || path.startsWith(`${place}/`)));
}

function pointsUpOrAcross({ from, to }: Edge): boolean {
  const [above, below] = [layerOf(from), layerOf(to)];
  if (below < above) return false;
  return (
    below > above ||
    (from.startsWith('lib/') && placeOf(from) !== placeOf(to) && PURE.some((f) => to.startsWith(`lib/${f}/`)))
  );
}

const placeOf = (path: string): string => path.split('/').slice(0, 2).join('/');

function circles(): readonly string[] {
  const importsOf = new Map(
    files.map(({ path, imports }) => [path, imports.filter(({ typeOnly }) => !typeOnly)]),
  );
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (trail.includes(path) || finished.has(path)) return;
    for (const { target } of importsOf.get(path) ?? []) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function read(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const statement = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s+['"]([^'"]+)['"]/gm;
  const imports = [...text.matchAll(statement)].map(
    ([, type, names, target]): Import => ({
      target: target?.startsWith('.') ? normalize(join(dirname(path), target)) : (target ?? ''),
      typeOnly: type !== undefined || /^\{(\s*type\s+[^,]+,?)+\s*\}$/.test(names ?? ''),
    }),
  );
  return { path, text, imports };
}
