// What the browser keeps for the page; in memory where its storage is blocked or full.

/** @param {"localStorage" | "sessionStorage"} name */
const storageOf = (name) => {
  const values = new Map();
  return {
    get(key) {
      try {
        return values.get(key) ?? window[name].getItem(key);
      } catch {
        return values.get(key) ?? null;
      }
    },
    set(key, value) {
      try {
        window[name].setItem(key, value);
      } catch {
        values.set(key, value);
      }
    },
    remove(key) {
      values.delete(key);
      try {
        window[name].removeItem(key);
      } catch {
        // It is blocked, so nothing is kept.
      }
    },
  };
};

export const local = storageOf("localStorage");
export const session = storageOf("sessionStorage");
