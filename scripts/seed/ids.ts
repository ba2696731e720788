import { hash128 } from './random.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** What stands in the ids for the hour of the filling: ids are the same whenever the shop is filled. */
const ID_NOW = Date.UTC(2025, 0, 1);

function base32(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/**
 * An id in the form of all others (prefix, ten characters of time, sixteen more), made from what the document is, so that
 * it is the same at every run. `ago` says how long before the filling it came to be, in milliseconds: ids
 * sort as their documents were made, and before those that the shop makes itself.
 */
export function demoId(prefix: string, ago: number, key: string | number): string {
  const time = base32(ID_NOW - Math.round(ago), 10);
  // Twenty bits of each word are four characters.
  const rest = hash128(`${prefix}|${key}`).map((word) => base32(word >>> 12, 4));
  return `${prefix}_${time}${rest.join('')}`;
}

/** Characters of Crockford's alphabet that depend on the key only. */
export const demoCode = (length: number, key: string): string => {
  const words = Array.from({ length: Math.ceil(length / 16) }, (_, index) =>
    hash128(`${key}|${index}`)
      .map((word) => base32(word >>> 12, 4))
      .join(''),
  );
  return words.join('').slice(0, length);
};
