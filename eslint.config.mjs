// eslint for the console's modules; `make check-js` runs it. Its packages are in build/js.

import { createRequire } from "node:module";

const require = createRequire(new URL("build/js/package.json", import.meta.url));
const js = require("@eslint/js");
const globals = require("globals");

export default [
  js.configs.recommended,
  {
    files: ["mock_server/mtt_mock/web/console/page/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      "max-lines": ["error", 250],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-shadow": "error",
    },
  },
];
