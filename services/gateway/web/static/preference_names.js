// Preferences in words.

import { t } from "./texts.js";

/** The preferences that Membus itself understands; any other key is the user's own. */
export const KNOWN = ["language", "length", "format", "tone", "units", "address", "model"];

/** What a preference is called. */
export const preferenceName = (key) => (KNOWN.includes(key) ? t(`preference_${key}`) : key);

/** Its value as a text. */
export const preferenceValue = (value) =>
  typeof value === "boolean" ? t(value ? "yes" : "no") : String(value);
