// Saves the journal and the state as files.

import { download } from "./api.js";
import { $ } from "./dom.js";
import { ranges } from "./search.js";

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** `shown()`: the entries that the filter leaves, newest first. */
export function exportsView({ shown, complain }) {
  const from = (path, name) => async () => {
    try {
      save(await download(path), name);
    } catch (error) {
      complain(error);
    }
  };
  $("export-jsonl").addEventListener("click", () => {
    const lines = shown().reverse().map((entry) => `${JSON.stringify(entry)}\n`);
    save(new Blob(lines, { type: "application/jsonl" }), "journal.jsonl");
  });
  $("export-har").addEventListener("click", () => {
    const seqs = shown().map((entry) => entry.seq).reverse();
    from(`journal.har?seq=${ranges(seqs) || "0"}`, "journal.har")();
  });
  $("export-snapshot").addEventListener("click", from("snapshot", "mtt-mock-state.json"));
}
