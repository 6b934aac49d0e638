// The conversations at the side.

import { emit } from "./bus.js";

/** Begins. */
export function startSide() {
  document.getElementById("fresh").addEventListener("click", () => emit("conversation", null));
}
