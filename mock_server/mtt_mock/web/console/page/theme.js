// Light, dark, or as the system is set.

import { local } from "./storage.js";

const KEY = "mtt-mock theme";

export let theme = local.get(KEY) ?? "system";

export function chooseTheme(name) {
  theme = name;
  local.set(KEY, name);
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}

chooseTheme(theme);
