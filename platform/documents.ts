import { BSON } from 'mongodb';

interface Reader {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** A character for each byte: parts of it are the strings that are plain ASCII. */
  readonly text: string;
  at: number;
}

/**
 * Reads the documents of one reply, in the same values that the driver reads: what of BSON this shop stores, and the rest
 * by the driver itself. Names, of which there are few, are made once and not anew for each document.
 */
export function readDocuments(documents: readonly Uint8Array[]): Record<string, unknown>[] {
  const [first] = documents;
  const last = documents.at(-1);
  if (!first || !last) return [];
  const bytes = Buffer.from(first.buffer, first.byteOffset, last.byteOffset + last.byteLength - first.byteOffset);
  const reader: Reader = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), text: bytes.toString('latin1'), at: 0 };
  return documents.map((document) => {
    reader.at = document.byteOffset - first.byteOffset;
    return readWhole(reader) ?? BSON.deserialize(document);
  });
}

/** Null where something is stored that is read by the driver only. */
function readWhole(reader: Reader): Record<string, unknown> | null {
  try {
    return readObject(reader);
  } catch (error) {
    if (error === UNUSUAL) return null;
    throw error;
  }
}

const UNUSUAL = new Error('a kind of value that is left to the driver');

function readObject(reader: Reader): Record<string, unknown> {
  const { bytes } = reader;
  const object: Record<string, unknown> = {};
  reader.at += 4;
  for (;;) {
    const type = bytes[reader.at++];
    if (type === 0) return object;
    const name = readName(reader);
    object[name] = readValue(reader, type);
  }
}

function readArray(reader: Reader): unknown[] {
  const { bytes } = reader;
  const array: unknown[] = [];
  reader.at += 4;
  for (;;) {
    const type = bytes[reader.at++];
    if (type === 0) return array;
    // Its position, written out.
    while (bytes[reader.at++] !== 0);
    array.push(readValue(reader, type));
  }
}

function readValue(reader: Reader, type: number | undefined): unknown {
  const { view, at } = reader;
  switch (type) {
    case 0x01:
      reader.at += 8;
      return view.getFloat64(at, true);
    case 0x02:
      return readString(reader);
    case 0x03:
      return readObject(reader);
    case 0x04:
      return readArray(reader);
    case 0x08:
      reader.at += 1;
      return reader.bytes[at] === 1;
    case 0x09:
      return new Date(readInteger(reader));
    case 0x0a:
      return null;
    case 0x10:
      reader.at += 4;
      return view.getInt32(at, true);
    case 0x12:
      return readInteger(reader);
    default:
      throw UNUSUAL;
  }
}

function readInteger(reader: Reader): number {
  const { view, at } = reader;
  reader.at += 8;
  const value = view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
  if (!Number.isSafeInteger(value)) throw UNUSUAL;
  return value;
}

function readString(reader: Reader): string {
  const { bytes, text, view } = reader;
  const start = reader.at + 4;
  const end = start + view.getInt32(reader.at, true) - 1;
  reader.at = end + 1;
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return bytes.toString('utf8', start, end);
  return text.substring(start, end);
}

/** The names met so far, each where its hash says; another one with the same hash takes its place. */
const KEPT_NAMES = 2_048;
const names: string[] = Array.from({ length: KEPT_NAMES }, () => '');

function readName(reader: Reader): string {
  const { bytes } = reader;
  const start = reader.at;
  let hash = 0;
  let end = start;
  for (let byte = bytes[end] ?? 0; byte !== 0; byte = bytes[end] ?? 0) {
    hash = (Math.imul(hash, 31) + byte) | 0;
    end += 1;
  }
  reader.at = end + 1;
  const place = hash & (KEPT_NAMES - 1);
  const known = names[place] ?? '';
  if (isAt(bytes, start, end, known)) return known;
  const name = bytes.toString('utf8', start, end);
  // The driver makes references of some objects with such names, and `__proto__` is set otherwise than other properties.
  if (name.startsWith('$') || name === '__proto__') throw UNUSUAL;
  names[place] = asProperty(name);
  return name;
}

function isAt(bytes: Buffer, start: number, end: number, name: string): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) if (bytes[start + index] !== name.charCodeAt(index)) return false;
  return true;
}

/** The same text as the engine keeps it for properties, so that it need not be looked up for each. */
const asProperty = (name: string): string => Object.keys({ [name]: null })[0] ?? name;
