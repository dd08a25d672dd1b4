/** Addresses by their two ends; anything else as it is. */
export const short = (text: string): string =>
  text.replace(/0x[0-9a-fA-F]{40,64}/g, (hex) => `${hex.slice(0, 6)}…${hex.slice(-4)}`);
