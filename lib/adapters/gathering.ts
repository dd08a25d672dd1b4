import { setImmediate as nextTurn } from 'node:timers/promises';

/** Answers in the order of what is asked for. */
export type AskAll<Ask, Answer> = (asks: readonly Ask[]) => Promise<readonly Answer[]>;

interface Gathering<Ask, Answer> {
  readonly asks: Ask[];
  /** Where each stands among them, by name. */
  readonly places: Map<string, number>;
  readonly answers: Promise<readonly Answer[]>;
}

/** What several ask for in the same turn travels together, and what they all ask for travels once. */
export function gathering<Ask, Answer>(
  nameOf: (ask: Ask) => string,
  askAll: AskAll<Ask, Answer>,
): AskAll<Ask, Answer | undefined> {
  let waiting: Gathering<Ask, Answer> | undefined;

  function begin(): Gathering<Ask, Answer> {
    const asks: Ask[] = [];
    const answers = nextTurn().then(() => {
      waiting = undefined;
      return askAll(asks);
    });
    return { asks, places: new Map(), answers };
  }

  function placeIn({ asks, places }: Gathering<Ask, Answer>, ask: Ask): number {
    const name = nameOf(ask);
    const known = places.get(name);
    if (known !== undefined) return known;
    places.set(name, asks.length);
    return asks.push(ask) - 1;
  }

  return async (asks) => {
    waiting ??= begin();
    const gathered = waiting;
    const places = asks.map((ask) => placeIn(gathered, ask));
    const answers = await gathered.answers;
    return places.map((place) => answers[place]);
  };
}
