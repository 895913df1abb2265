// Light, dark, or as the system is set.

const KEY = "mtt-mock theme";

export let theme = localStorage.getItem(KEY) ?? "system";

export function chooseTheme(name) {
  theme = name;
  localStorage.setItem(KEY, name);
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}

chooseTheme(theme);
