/**
 * What a word is, for the index and for whoever asks it: both see text through this file alone, and FTS5 is handed words
 * with spaces between. Pure: no database.
 */

/** Longest part of a word that is indexed and looked for, in characters. */
const LONGEST = 64;
/** Scripts that put no spaces between words: each character is a word, and what stands together is a phrase. */
const DENSE = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}`;
const WORD = new RegExp(String.raw`[${DENSE}]\p{M}*|[[\p{L}\p{N}\p{M}\p{Co}]--[${DENSE}]]+`, "gv");
const ASCII = /^[\0-\x7f]*$/;
/** Letters that have the same meaning as others, beyond case and accents. */
const SAME: Readonly<Record<string, string>> = { ς: "σ", ß: "ss", ı: "i", ø: "o", đ: "d", ł: "l" };

/** The words of a text, in order: lower case, without accents. */
export function wordsOf(text: string): string[] {
  if (ASCII.test(text)) return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map(cut);
  const plain = text
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .toLowerCase();
  const same = plain.replaceAll(/[ςßıøđł]/g, (letter) => SAME[letter] ?? letter).normalize("NFC");
  return (same.match(WORD) ?? []).map(cut);
}

/** Words that follow each other. */
export type Phrase = readonly string[];

/** What a text asks for: every phrase; of `open` the last word may go on. */
export interface Question {
  readonly phrases: readonly Phrase[];
  readonly open: Phrase | null;
}

/** Fewest characters of a word that may go on, which is how many the index knows words by. */
const SHORTEST_OPEN = 2;

/**
 * Reads what somebody typed: words, and phrases in quotes. Several words in one, `db-1`, are a phrase. The last word may
 * go on, unless a quote closes it. Null: there is no word in it.
 */
export function parseQuestion(text: string): Question | null {
  const parts = [...text.matchAll(/"([^"]*)("?)|[^\s"]+/g)].map(([all, quoted, closing]) => ({
    words: wordsOf(quoted ?? all),
    isClosed: closing === '"',
  }));
  const asked = parts.filter(({ words }) => words.length > 0);
  const last = asked.at(-1);
  if (!last) return null;
  const isOpen = !last.isClosed && lengthOf(last.words.at(-1)) >= SHORTEST_OPEN;
  const phrases = asked.map(({ words }) => words);
  return isOpen ? { phrases: phrases.slice(0, -1), open: last.words } : { phrases, open: null };
}

/** Whether a text holds a phrase of which the last word may go on. */
export function holdsOpen(text: string, phrase: Phrase): boolean {
  const [only = ""] = phrase;
  if (phrase.length === 1 && ASCII.test(text) && only.length < LONGEST) return holdsBeginning(text.toLowerCase(), only);
  const words = wordsOf(text);
  const last = phrase.length - 1;
  return words.some((_, at) =>
    phrase.every((word, n) => (n === last ? words[at + n]?.startsWith(word) : words[at + n] === word)),
  );
}

/** The same for one word in lower-case ASCII: without taking the text apart. */
function holdsBeginning(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!/[a-z0-9]/.test(text.charAt(at - 1))) return true;
  }
  return false;
}

/** A question that the index answers faster and with more than was asked: of an open word, its first characters. */
export function widen({ phrases, open }: Question): Question {
  const last = open?.at(-1) ?? "";
  return { phrases, open: open && [...open.slice(0, -1), [...last].slice(0, SHORTEST_OPEN).join("")] };
}

/** The question in FTS5's language. Words hold letters and digits only, so nothing in them can mean anything to it. */
export function toMatch({ phrases, open }: Question): string {
  const terms = phrases.map((words) => `"${words.join(" ")}"`);
  if (open) terms.push(`"${open.join(" ")}" *`);
  return `{title message} : (${terms.join(" AND ")})`;
}

function cut(word: string): string {
  return word.length > LONGEST ? [...word].slice(0, LONGEST).join("") : word;
}

function lengthOf(word = ""): number {
  return [...word].length;
}
