type Child = Node | string | undefined;

/** A new element; whatever is text stays text, whoever wrote it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(name, value);
  made.append(...children.flatMap((child) => child ?? []));
  return made;
}

/** The element of the page with this id. @throws Error where the page and its script do not belong together */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${kind.name} "${id}".`);
}

export const box = (id: string): HTMLElement => byId(id, HTMLElement);

/** A group of buttons of which one is pressed. */
export function segments(
  container: HTMLElement,
  choices: readonly (readonly [value: string, label: string])[],
  chosen: string,
  choose: (value: string) => void,
): void {
  const buttons = choices.map(([value, label]) => {
    const button = element('button', { type: 'button', 'aria-pressed': String(value === chosen) }, label);
    button.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      choose(value);
    });
    return button;
  });
  container.append(...buttons);
}

export const empty = (text: string): HTMLElement => element('p', { class: 'empty' }, text);

export interface Column {
  readonly title: string;
  readonly number?: boolean;
  /** Said, not shown. */
  readonly unseen?: boolean;
}

/** The first cell of a row names it. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (Child | HTMLTableCellElement)[])[],
): HTMLTableElement {
  const head = columns.map(({ title, number, unseen }) =>
    element(
      'th',
      { scope: 'col', class: number ? 'number' : undefined },
      unseen ? element('span', { class: 'unseen' }, title) : title,
    ),
  );
  const body = rows.map((cells) =>
    element('tr', {}, ...cells.map((cell, index) => cellOf(cell, index, columns))),
  );
  return element(
    'table',
    {},
    element('caption', { class: 'unseen' }, caption),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}

function cellOf(content: Child, index: number, columns: readonly Column[]): Node {
  if (content instanceof HTMLTableCellElement) return content;
  if (index === 0) return element('th', { scope: 'row' }, content);
  return element('td', { class: columns[index]?.number ? 'number' : undefined }, content);
}
