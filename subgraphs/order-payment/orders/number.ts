/** Crockford's letters: none that reads like another, no vowel that makes a word. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BASE = ALPHABET.length;
const RANDOM_CHARACTERS = 7;

/** How many numbers one day has: what the random part is drawn from. */
export const NUMBERS_PER_DAY = BASE ** RANDOM_CHARACTERS;

/** `20260822-7F3K9Q2M`: the day (UTC), seven random characters, and one that tells most slips of the pen. */
export function orderNumber(day: Date, random: number): string {
  const date = day.toISOString().slice(0, 10).replaceAll('-', '');
  let rest = random;
  let code = '';
  for (let index = 0; index < RANDOM_CHARACTERS; index++) {
    code = ALPHABET.charAt(rest % BASE) + code;
    rest = Math.floor(rest / BASE);
  }
  return `${date}-${code}${checkCharacter(date + code)}`;
}

/** Luhn's sum in base 32: every single wrong character and nearly every swap of two neighbours changes it. */
function checkCharacter(characters: string): string {
  const total = [...characters].reverse().reduce((subtotal, character, index) => {
    const value = ALPHABET.indexOf(character) * (index % 2 === 0 ? 2 : 1);
    return subtotal + Math.floor(value / BASE) + (value % BASE);
  }, 0);
  return ALPHABET.charAt((BASE - (total % BASE)) % BASE);
}

/** A number as people type it (lower case, blanks, O for 0, I and L for 1); null when it cannot be one. */
export function readOrderNumber(typed: string): string | null {
  const [, date, code, check] =
    typed
      .trim()
      .toUpperCase()
      .replaceAll('O', '0')
      .replace(/[IL]/g, '1')
      .match(/^(\d{8})-?([0-9A-Z]{7})([0-9A-Z])$/) ?? [];
  if (date === undefined || code === undefined || check === undefined) return null;
  return checkCharacter(date + code) === check ? `${date}-${code}${check}` : null;
}
