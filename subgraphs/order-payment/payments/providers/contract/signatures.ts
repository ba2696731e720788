import { describe, expect, test } from 'vitest';
import { InvalidNotificationError, type PaymentProvider, ProviderUnavailableError, type RawNotification } from '../provider.ts';
import type { ProviderFixture, Workbench } from './workbench.ts';

export function describeSignatures<F extends ProviderFixture>(bench: Workbench<F>): void {
  const { traits, created, paid } = bench;
  const refused = (raw: RawNotification, by: PaymentProvider = bench.provider) => expect(by.verifyNotification(raw)).rejects.toThrow(InvalidNotificationError);

  describe('notifications are refused', () => {
    test('with any byte of the body altered', async () => {
      const { raw } = await paid();
      for (let position = 0; position < raw.body.length; position += 1) {
        const body = Buffer.from(raw.body);
        body.writeUInt8(body.readUInt8(position) ^ 1, position);
        await refused({ ...raw, body });
      }
    });

    test('with a body that is longer, shorter or written anew', async () => {
      const { raw } = await paid();
      const text = raw.body.toString();
      const rewritten = text.startsWith('{') ? JSON.stringify(JSON.parse(text)) : new URLSearchParams([...new URLSearchParams(text), ['x', 'y']]).toString();
      for (const body of [`${text}\n`, `${text} `, ` ${text}`, text.slice(0, -1), text.slice(1), '', '{}', rewritten]) {
        if (body !== text) await refused({ ...raw, body: Buffer.from(body) });
      }
    });

    test('with any byte of a signing header altered, without one, or with two of it', async () => {
      const { raw } = await paid();
      for (const name of traits.signatureHeaders) {
        const value = String(raw.headers[name]);
        expect(raw.headers[name], name).toBeTypeOf('string');
        await refused({ ...raw, headers: { ...raw.headers, [name]: undefined } });
        await refused({ ...raw, headers: { ...raw.headers, [name]: [value, value] } });
        for (const altered of variantsOf(value)) await refused({ ...raw, headers: { ...raw.headers, [name]: altered } });
      }
    });

    test('under another key, or for another account', async () => {
      const { raw } = await paid();
      await refused(raw, bench.fixture.withOtherKey);
      await refused(raw, bench.fixture.withOtherAccount);
    });

    test('by their age, where the company does not repeat old ones', async () => {
      const { raw } = await paid();
      const { fixture } = bench;
      const { notificationTolerance: seconds } = traits;
      expect(await fixture.withClockAhead(seconds === null ? 86_400 : seconds - 10).verifyNotification(raw)).toMatchObject({ kind: 'PAYMENT' });
      if (seconds === null) return;
      await refused(raw, fixture.withClockAhead(seconds + 10));
      await refused(raw, fixture.withClockAhead(-seconds - 10));
    });
  });

  test('a repeated notification is the same event', async () => {
    const { raw } = await paid();
    expect(await bench.provider.verifyNotification(raw)).toEqual(await bench.provider.verifyNotification(raw));
  });

  const { signedAnswers } = traits;
  if (!signedAnswers) return;
  describe('answers that were altered on their way tell nothing', () => {
    const unless = (change: Parameters<typeof signedAnswers.alter>[1]) => signedAnswers.alter(bench.fixture, change);

    test('in any part of the body', async () => {
      const { paymentId } = await created();
      let length = 0;
      unless((answer) => {
        length = answer.body.length;
        return answer;
      });
      expect(await bench.provider.query(paymentId)).toMatchObject({ status: 'REQUIRES_ACTION' });
      for (let position = 0; position < length; position += 5) {
        unless((answer) => ({ ...answer, body: altered(answer.body, position) }));
        await expect(bench.provider.query(paymentId)).rejects.toThrow(ProviderUnavailableError);
      }
      unless((answer) => ({ ...answer, body: '' }));
      await expect(bench.provider.query(paymentId)).rejects.toThrow(ProviderUnavailableError);
      unless(null);
    });

    test('in any header of the signature', async () => {
      const { paymentId } = await created();
      for (const name of signedAnswers.headers) {
        for (const position of [0, 7, -1]) {
          unless((answer) => ({ ...answer, headers: { ...answer.headers, [name]: altered(answer.headers[name] ?? '', position) } }));
          await expect(bench.provider.query(paymentId)).rejects.toThrow(ProviderUnavailableError);
        }
        unless(({ headers: { [name]: _removed, ...headers }, body }) => ({ headers, body }));
        await expect(bench.provider.query(paymentId)).rejects.toThrow(ProviderUnavailableError);
      }
      unless(null);
    });

    test('nor does an answer to another question', async () => {
      const [first, second] = [await created(), await created()];
      let kept: { headers: Record<string, string>; body: string } | null = null;
      unless((answer) => (kept = answer));
      await bench.provider.query(first.paymentId);
      unless((answer) => kept ?? answer);
      await expect(bench.provider.query(second.paymentId)).rejects.toThrow(ProviderUnavailableError);
      unless(null);
    });
  });
}

const altered = (text: string, position: number): string => {
  const bytes = Buffer.from(text, 'latin1');
  const at = position < 0 ? bytes.length + position : Math.min(position, bytes.length - 1);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes.toString('latin1');
};

const variantsOf = (text: string): string[] => [
  ...Array.from({ length: text.length }, (_, position) => altered(text, position)),
  `${text}A`,
  text.slice(0, -1),
  '',
];
