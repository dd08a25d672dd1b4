import type { StoryAnswer } from '../answers.ts';
import { getStory } from './api.ts';
import { box, byId, element } from './dom.ts';

/** The dialog that tells what happened to one update. */
export function startStory(onFault: (fault: unknown) => void): (updateId: string) => void {
  const dialog = byId('story', HTMLDialogElement);
  byId('close', HTMLButtonElement).addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog) dialog.close();
  });
  return (updateId) => {
    getStory(updateId)
      .then((story) => {
        box('story-body').replaceChildren(...told(story));
        dialog.showModal();
      })
      .catch(onFault);
  };
}

const told = ({ updateId, observedAt, moments }: StoryAnswer): readonly HTMLElement[] => [
  element('p', { class: 'quiet' }, `Observed by the oracle ${observedAt.replace('T', ' ')}`),
  element('p', { class: 'quiet address' }, updateId),
  element(
    'ol',
    { class: 'timeline' },
    ...moments.map(({ atMs, afterMs, lines }) =>
      element(
        'li',
        {},
        element('time', { datetime: new Date(atMs).toISOString() }, `+${duration(afterMs)}`),
        element('div', {}, ...lines.map((line) => element('p', {}, line))),
      ),
    ),
  ),
];

function duration(ms: number): string {
  if (ms < 1_000) return `${ms.toFixed(1)} ms`;
  const seconds = ms / 1_000;
  return seconds < 600
    ? `${seconds.toFixed(2)} s`
    : `${Math.round(seconds / 60).toLocaleString('en-US')} min`;
}
