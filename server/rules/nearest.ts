/** Most letters that a typing error changes, adds, drops or swaps with the next. */
const MOST = 2;

/** The word that was meant by another that is none of them; undefined: none is near, or all letters would be others. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  let found: string | undefined;
  let least = MOST + 1;
  for (const one of words) {
    // Also a bound of the work: whoever sends the word decides how long it is.
    if (Math.abs(one.length - word.length) > MOST) continue;
    const distance = editDistance(word, one);
    if (distance < least && distance < one.length) [found, least] = [one, distance];
  }
  return found;
}

/** What stands after a word that is none: `; did you mean "x"?`, or nothing. */
export function suggest(word: string, words: readonly string[]): string {
  const meant = nearest(word, words);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

/** How many letters must be changed, added, dropped or swapped with the next to make one word of the other. */
function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const changed = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      const isSwapped = line > 1 && from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1];
      const swapped = isSwapped ? (before[column - 2] ?? 0) + 1 : changed;
      next.push(Math.min(changed, swapped, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[to.length] ?? 0;
}
