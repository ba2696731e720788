import { BSON, Decimal128, Long, ObjectId } from 'mongodb';
import { expect, test } from 'vitest';
import { readDocuments } from './documents.ts';

const replyOf = (documents: readonly object[]) => BSON.serialize({ firstBatch: documents, ns: 'db.things' });

/** As they stand in a reply. */
const within = (reply: Uint8Array): Uint8Array[] => BSON.deserialize(reply, { fieldsAsRaw: { firstBatch: true } })['firstBatch'];
const byTheDriver = (reply: Uint8Array) => BSON.deserialize(reply)['firstBatch'];

const USUAL = {
  'texts of every script': { a: '', b: 'plain', c: '标题 and more', d: 'é', e: '🙂'.repeat(20), f: 'x'.repeat(5_000), g: '\0inside' },
  'names of every script': { 标题: 1, é: 2, '': 3, constructor: 4, 'a.b': 5, ['n'.repeat(300)]: 6 },
  numbers: { zero: 0, negative: -1, half: 0.5, most: 2 ** 31 - 1, least: -(2 ** 31), large: 2 ** 53 - 1, small: -(2 ** 53 - 1), minusZero: -0 },
  'numbers that are none': { nan: Number.NaN, infinite: Number.POSITIVE_INFINITY },
  'long integers': { small: Long.fromNumber(7), negative: Long.fromNumber(-7), large: Long.fromNumber(2 ** 53 - 1) },
  moments: { now: new Date(1_790_000_000_123), before: new Date(-1), first: new Date(0) },
  'what is nested': { list: [1, 'two', null, [], {}, [[3]], { deep: { deeper: [{ deepest: true }] } }], no: false, yes: true, none: null },
};

test.each(Object.entries(USUAL))('%s', (_what, document) => {
  const reply = replyOf([document, document, { _id: 'other', ...document }]);
  expect(readDocuments(within(reply))).toEqual(byTheDriver(reply));
});

const UNUSUAL = {
  'an integer beyond what numbers hold': { value: Long.MAX_VALUE },
  'what only the driver makes': { id: new ObjectId(), exact: Decimal128.fromString('1.1'), bytes: Buffer.from('bytes'), pattern: /x/i },
  'an object like a reference': { reference: { $ref: 'things', $id: 'x' } },
  'a name that is no property': JSON.parse('{ "__proto__": { "a": 1 } }'),
};

test.each(Object.entries(UNUSUAL))('%s is read by the driver', (_what, document) => {
  const reply = replyOf([{ plain: 'text' }, document, { plain: 'again' }]);
  expect(readDocuments(within(reply))).toEqual(byTheDriver(reply));
});

test('a reply may lie anywhere in a larger buffer, and hold nothing', () => {
  const reply = replyOf([{ text: 'one' }, { text: 'two' }]);
  const larger = Buffer.concat([Buffer.from('before'), reply, Buffer.from('behind')]);
  expect(readDocuments(within(larger.subarray(6, 6 + reply.length)))).toEqual([{ text: 'one' }, { text: 'two' }]);
  expect(readDocuments([])).toEqual([]);
});

test('names that share a place in the table are told apart', () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`name${index}`, index]));
  expect(readDocuments(within(replyOf([many, many])))).toEqual([many, many]);
});
