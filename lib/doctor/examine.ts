/** One thing that has to be true before going live. */
export interface Check {
  readonly name: string;
  /** Names of checks without which this one cannot be told. */
  readonly needs?: readonly string[];
  /** @returns what was found; throws, or answers a `Complaint`, where it is not as it should be */
  examine(): Promise<string | Complaint>;
}

export interface Complaint {
  readonly wrong: string;
  readonly advice: string;
}

export interface Finding {
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'unknown';
  /** What was found, or what is wrong and what to do. */
  readonly detail: string;
}

/** Every check, in order; one whose needs failed is unknown, so that one fault is one line. */
export async function examine(checks: readonly Check[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    const missing = (check.needs ?? []).find((need) =>
      findings.some(({ name, verdict }) => name === need && verdict !== 'pass'),
    );
    findings.push(
      missing === undefined
        ? await finding(check)
        : { name: check.name, verdict: 'unknown', detail: `cannot be told before "${missing}" is right` },
    );
  }
  return findings;
}

async function finding({ name, examine }: Check): Promise<Finding> {
  try {
    const found = await examine();
    return typeof found === 'string'
      ? { name, verdict: 'pass', detail: found }
      : { name, verdict: 'fail', detail: `${found.wrong} ${found.advice}` };
  } catch (fault) {
    return { name, verdict: 'fail', detail: fault instanceof Error ? fault.message : String(fault) };
  }
}
