// The page's texts, in its language, and how figures are written.

export const words = document.getElementById("words").dataset;

// The reader's own kind of the page's language: 24 hours in London, 12 in Boston.
const { lang } = document.documentElement;
const language = navigator.languages.find((each) => each.startsWith(lang)) ?? lang;
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const NARROW = "\u00a0";

export const count = (number) => whole.format(number);
export const clock = (iso) => new Date(iso).toLocaleTimeString(language);
export const moment = (iso) => new Date(iso).toLocaleString(language);

/** A time in milliseconds, as short as it can be read. */
export function duration(ms) {
  if (ms === null) return "–";
  if (ms < 1_000) return `${whole.format(ms)}${NARROW}${words.ms}`;
  if (ms < 120_000) return `${tenths.format(ms / 1_000)}${NARROW}${words.s}`;
  return `${whole.format(ms / 60_000)}${NARROW}${words.min}`;
}

export function size(bytes) {
  if (bytes < 1_000_000) return `${whole.format(Math.ceil(bytes / 1_000))}${NARROW}${words.kb}`;
  return `${tenths.format(bytes / 1_000_000)}${NARROW}${words.mb}`;
}
