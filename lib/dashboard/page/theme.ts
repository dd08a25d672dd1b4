/** Colours are the style sheet's; what draws on a canvas asks for them here. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const KEY = 'liquidator-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

export const chosenTheme = (): string => localStorage.getItem(KEY) ?? 'auto';

/** @param changed is called when the colours on the screen are others than before */
export function startTheme(changed: () => void): (choice: string) => void {
  const apply = (): void => {
    const choice = chosenTheme();
    const isDark = choice === 'auto' ? dark.matches : choice === 'dark';
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
    changed();
  };
  dark.addEventListener('change', apply);
  apply();
  return (choice) => {
    localStorage.setItem(KEY, choice);
    apply();
  };
}
