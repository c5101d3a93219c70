// Numbers and names as people read them.

const MINUS = "−";

/** A probability as people of 100: whole, one decimal below 2. */
export function of100(probability) {
  const people = 100 * probability;
  if (people === 0 || people === 100) return String(people);
  if (people < 0.05) return "<0.1";
  if (people >= 99.5) return ">99";
  return people < 1.95 ? people.toFixed(1) : String(Math.round(people));
}

/** A change in people of 100, without sign. */
export function change100(difference) {
  const people = Math.abs(100 * difference);
  return people < 1.95 ? people.toFixed(1) : String(Math.round(people));
}

/** The same with its sign, a true minus. */
export const signed100 = (difference) => (change100(difference) === "0.0" ? "0" : `${difference < 0 ? MINUS : "+"}${change100(difference)}`);

export const range = (low, high) => `${of100(low)} to ${of100(high)}`;

/** A factor on the odds. */
export const times = (logOdds) => `× ${ratio(Math.exp(logOdds))}`;

/** An odds ratio with two decimals, fewer where it is large. */
export function ratio(value) {
  if (value >= 99.95) return value.toFixed(0);
  if (value < 0.095) return value.toPrecision(1);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

/** A number as people say it: two digits, three from 100. */
export const number = (value) => String(Number(Number(value).toPrecision(Math.abs(value) >= 100 ? 3 : 2)));

const COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** A small count as a word. */
export const counted = (count) => COUNTS[count] ?? String(count);

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** A title in the middle of a sentence: its first letter small, unless it starts an abbreviation. */
export function mid(title) {
  const second = title.slice(1, 2);
  const word = title.split(/[\s-]/)[0];
  if (second !== second.toLowerCase() || /[0-9]/.test(word) || word.length === 1) return title;
  return title.slice(0, 1).toLowerCase() + title.slice(1);
}

export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** "a, b and c". */
export function list(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

const SHARES = [[0.12, "Little"], [0.29, "A quarter"], [0.42, "A third"], [0.58, "Half"], [0.71, "Two thirds"], [0.85, "Three quarters"], [2, "Nearly all"]];

/** A share in words: 0.66 is "Two thirds". */
export const share = (value) => SHARES.find(([limit]) => value < limit)[1];

const ANYBODY = { many: "people", one: "person", subject: "they", object: "them", possessive: "their" };

/** How to speak of the person: the words of a state that is known and has them. */
export function peopleWords(catalog, parsed) {
  for (const { variable, state } of parsed ?? []) {
    const words = catalog.variable[variable]?.states.find((each) => each.id === state)?.people;
    if (words) return { ...ANYBODY, ...words, known: true };
  }
  return { ...ANYBODY, known: false };
}

/** "▲ raises" or "▼ lowers" as words for a difference. */
export const direction = (difference) => (difference < 0 ? { glyph: "▼", word: "lowers", css: "lowers" } : { glyph: "▲", word: "raises", css: "raises" });

/** A unit as printed: exponents raised, nothing for a plain number. */
export const unitText = (unit) => (unit === "1" ? "" : unit ?? "").replace(/\^2\b|(?<=m)2\b/g, "²").replace(/\bug\b/g, "µg").replace(/\buU\b/g, "µU");
