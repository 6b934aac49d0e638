// What the page's scripts say, in the reader's language.

const texts = JSON.parse(document.getElementById("texts").textContent);

/** The page's language. */
export const language = document.documentElement.lang;

const rules = new Intl.PluralRules(language);
const number = new Intl.NumberFormat(language);

/** Returns a text with its `{names}` filled in. */
export function t(key, values = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Returns a text in the plural form for a number, which it may name as `{n}`. */
export function tn(key, n, values = {}) {
  const form = `${key}_${rules.select(n)}`;
  return t(form in texts ? form : `${key}_other`, { n: number.format(n), ...values });
}
