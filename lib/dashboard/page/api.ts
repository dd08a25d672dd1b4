import type { OpportunitiesAnswer, OverviewAnswer, PositionsAnswer, StoryAnswer } from '../answers.ts';

/** Both come from the server of this very page, built with it from the same types. */
async function get<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ''));
  const response = await fetch(`${path}?${query}`, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`The server answered ${response.status}: ${await response.text()}`);
  return response.json();
}

export const getOverview = (range: string): Promise<OverviewAnswer> => get('/api/overview', { range });

export const getOpportunities = (
  question: Readonly<Record<'range' | 'search' | 'outcome' | 'cursor', string>>,
): Promise<OpportunitiesAnswer> => get('/api/opportunities', question);

export const getStory = (updateId: string): Promise<StoryAnswer> => get(`/api/updates/${updateId}`);

export const getPositions = (): Promise<PositionsAnswer> => get('/api/positions');
