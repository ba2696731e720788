import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHandler, type Listening, listen, routeOf, sendText } from '#platform/http.ts';
import type { Identity } from '#platform/identity.ts';
import { buyer } from '../../../test/subgraphs.ts';
import { type CatalogueShop, startCatalogue } from '../shop.fixture.ts';

let shop: CatalogueShop;
let server: Listening;
let folder: string;
const somebody = buyer();

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/media-test-`);
  shop = await startCatalogue({ DATA_DIR: folder, PUBLIC_URL: 'http://127.0.0.1:1' });
  const { routes } = shop.running('product');
  const nothing: HttpHandler = (_request, response) => sendText(response, 404, 'Not found.');
  server = await listen((request, response) => (routeOf(routes, (request.url ?? '').split('?')[0] ?? '') ?? nothing)(request, response), '127.0.0.1', 0);
});
afterAll(async () => {
  await server?.close();
  await shop?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const here = (url: string): string => url.replace('http://127.0.0.1:1', `http://127.0.0.1:${server.port}`);
const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);
const codeOf = (body: any): string => body.error.code;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const drawn = (width = 600, height = 400) => sharp({ create: { width, height, channels: 3, background: '#3366cc' } });

async function promise(bytes: Buffer, fields: object = {}, who: Identity = somebody) {
  const input = { filename: 'a file.png', mimeType: 'image/png', byteSize: bytes.length, sha256: sha256(bytes), purpose: 'PRODUCT', ...fields };
  const document =
    'mutation($input: MediaUploadCreateInput!) { mediaUploadCreate(input: $input) { mediaId uploadUrl headers { name value } expiresAt userErrors { code path } } }';
  return (await shop.query(document, { input }, who)).mediaUploadCreate;
}
const put = (url: string, bytes: Buffer, type = 'image/png') =>
  fetch(here(url), { method: 'PUT', body: new Uint8Array(bytes), headers: { 'content-type': type } });

async function uploaded(bytes: Buffer, fields: { mimeType?: string; purpose?: string } = {}, who: Identity = somebody): Promise<string> {
  const { mediaId, uploadUrl } = await promise(bytes, fields, who);
  expect((await put(uploadUrl, bytes, fields.mimeType)).status).toBe(201);
  return mediaId;
}
const owned = async (ids: string[], purpose: string, who: Identity = somebody) =>
  (
    await shop.sibling(
      'query($ids: [ID!]!, $purpose: MediaPurpose!) { ownedMedia(ids: $ids, purpose: $purpose) { id kind width height url } }',
      { ids, purpose },
      who,
    )
  ).ownedMedia;

describe('an upload', () => {
  test('arrives whole, once, and belongs to whoever asked for it', async () => {
    const bytes = await drawn().png().toBuffer();
    const { mediaId, uploadUrl, headers, userErrors } = await promise(bytes);
    expect(userErrors).toEqual([]);
    expect(headers).toEqual([{ name: 'Content-Type', value: 'image/png' }]);
    expect(await owned([mediaId], 'PRODUCT')).toEqual([]);
    expect((await get(`/media/${mediaId}`)).status).toBe(404);
    expect((await put(uploadUrl, bytes)).status).toBe(201);
    expect((await put(uploadUrl, bytes)).status).toBe(200);
    expect(await owned([mediaId], 'PRODUCT')).toEqual([{ id: mediaId, kind: 'IMAGE', width: 600, height: 400, url: `http://127.0.0.1:1/media/${mediaId}` }]);
    expect(await owned([mediaId], 'REVIEW')).toEqual([]);
    expect(await owned([mediaId], 'PRODUCT', buyer())).toEqual([]);
    const answer = await get(`/media/${mediaId}`);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test.each([
    ['another size', { byteSize: 10 }, 400, 'WRONG_SIZE'],
    ['another checksum', { sha256: 'a'.repeat(64) }, 400, 'WRONG_CHECKSUM'],
    ['another type in the header', { mimeType: 'image/jpeg' }, 415, 'WRONG_TYPE'],
  ])('of %s than announced is refused', async (_what, fields, status, code) => {
    const bytes = await drawn().png().toBuffer();
    const { mediaId, uploadUrl } = await promise(bytes, fields);
    const answer = await put(uploadUrl, bytes);
    expect([answer.status, codeOf(await answer.json())]).toEqual([status, code]);
    expect(await owned([mediaId], 'PRODUCT')).toEqual([]);
  });

  test('is looked into, whatever it is called', async () => {
    const script = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    const png = await drawn().png().toBuffer();
    for (const [bytes, mimeType] of [
      [script, 'image/png'],
      [png, 'image/jpeg'],
      [png.subarray(0, png.length - 300), 'image/png'],
      [Buffer.from('not a video'), 'video/mp4'],
    ] as const) {
      const { uploadUrl } = await promise(Buffer.from(bytes), { mimeType });
      expect((await put(uploadUrl, Buffer.from(bytes), mimeType)).status).toBe(415);
    }
    expect(await readdir(`${folder}/media/incoming`)).toEqual([]);
  });

  test('stops at the first byte too many, even where no length was told', async () => {
    const bytes = Buffer.alloc(300_000, 1);
    const { uploadUrl } = await promise(bytes.subarray(0, 1_000));
    const status = await new Promise((resolve, reject) => {
      const sending = httpRequest(here(uploadUrl), { method: 'PUT', headers: { 'content-type': 'image/png', 'transfer-encoding': 'chunked' } }, (answer) =>
        resolve(answer.statusCode),
      );
      sending.on('error', reject);
      sending.end(bytes);
    });
    expect(status).toBe(400);
    expect(await readdir(`${folder}/media/incoming`)).toEqual([]);
  });

  test('needs the address as it was signed, while it lasts', async () => {
    const bytes = await drawn().png().toBuffer();
    const { uploadUrl } = await promise(bytes);
    const other = await promise(bytes);
    const moved = new URL(uploadUrl);
    moved.pathname = new URL(other.uploadUrl).pathname;
    const later = new URL(uploadUrl);
    later.searchParams.set('expires', String(Number(later.searchParams.get('expires')) + 60));
    const lapsed = new URL(uploadUrl);
    lapsed.searchParams.set('expires', '1000');
    const unsigned = new URL(uploadUrl);
    unsigned.search = '';
    for (const url of [moved, later, lapsed, unsigned]) expect((await put(url.href, bytes)).status).toBe(403);
    expect((await fetch(here(uploadUrl), { method: 'POST' })).status).toBe(405);
  });

  test('of too much, of another kind of file, or without a checksum is not promised', async () => {
    const bytes = Buffer.from('x');
    expect((await promise(bytes, { byteSize: 16_000_000 })).userErrors).toMatchObject([{ code: 'RANGE', path: ['input', 'byteSize'] }]);
    expect((await promise(bytes, { byteSize: 0 })).userErrors).toMatchObject([{ code: 'RANGE' }]);
    expect((await promise(bytes, { mimeType: 'image/svg+xml' })).userErrors).toMatchObject([{ code: 'UNSUPPORTED_TYPE' }]);
    expect((await promise(bytes, { mimeType: 'application/pdf' })).userErrors).toMatchObject([{ code: 'UNSUPPORTED_TYPE' }]);
    expect((await promise(bytes, { sha256: 'zz', filename: ' ' })).userErrors.map(({ path }: any) => path[1])).toEqual(['filename', 'sha256']);
  });

  test('loses where it was taken, and stands upright', async () => {
    const photo = await drawn(300, 200)
      .withExif({ IFD0: { Artist: 'Somebody' }, IFD3: { GPSLatitude: '31/1 13/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect((await sharp(photo).metadata()).exif).toBeDefined();
    const id = await uploaded(photo, { mimeType: 'image/jpeg' });
    const served = Buffer.from(await (await get(`/media/${id}`)).arrayBuffer());
    const metadata = await sharp(served).metadata();
    expect([metadata.exif, metadata.width, metadata.height]).toEqual([undefined, 200, 300]);
    expect(await owned([id], 'PRODUCT')).toMatchObject([{ width: 200, height: 300 }]);
  });
});

describe('a picture', () => {
  test('is scaled to fit, never enlarged, in the wanted format, and kept', async () => {
    const id = await uploaded(await drawn().png().toBuffer());
    for (const [query, format, width, height] of [
      ['width=300', 'png', 300, 200],
      ['width=300&height=100', 'png', 150, 100],
      ['height=40&format=webp', 'webp', 60, 40],
      ['width=2000&format=JPEG', 'jpeg', 600, 400],
      ['format=avif&width=60', 'heif', 60, 40],
    ] as const) {
      const answer = await get(`/media/${id}?${query}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(await sharp(bytes).metadata()).toMatchObject({ format, width, height });
      const again = await get(`/media/${id}?${query}`);
      expect(Buffer.from(await again.arrayBuffer()).equals(bytes)).toBe(true);
      const fresh = await get(`/media/${id}?${query}`, { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } });
      expect(fresh.status).toBe(304);
    }
    const head = await get(`/media/${id}?width=300`, { method: 'HEAD' });
    expect([head.status, Number(head.headers.get('content-length')) > 0]).toEqual([200, true]);
  });

  test('is made once for many that ask at once', async () => {
    const id = await uploaded(await drawn(1200, 900).png().toBuffer());
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(`/media/${id}?width=500`)));
    const hashes = new Set(await Promise.all(answers.map(async (answer) => sha256(Buffer.from(await answer.arrayBuffer())))));
    expect([answers.every(({ status }) => status === 200), hashes.size]).toEqual([true, 1]);
  });

  test.each(['width=0', 'width=2001', 'width=-5', 'width=abc', 'height=1e3', 'format=svg', 'width=99999999999'])(
    'asked for with %s is refused with what would be right',
    async (query) => {
      const id = await uploaded(await drawn(20, 20).png().toBuffer());
      const answer = await get(`/media/${id}?${query}`);
      expect([answer.status, codeOf(await answer.json())]).toEqual([400, 'BAD_USER_INPUT']);
    },
  );

  test('outside of the folder does not exist', async () => {
    for (const path of [
      '/media/',
      '/media/nothing',
      '/media/media_01J',
      '/media/..%2f..%2fetc%2fpasswd',
      '/media/media_%2e%2e%2f%2e%2e',
      '/media/media_1/../../x',
      '/media/upload/',
      '/media/a/b/c',
    ]) {
      expect([403, 404, 405]).toContain((await get(path)).status);
    }
  });
});

describe('a private file', () => {
  test('is served to whoever has its signed address, and to nobody else', async () => {
    const pdf = Buffer.from('%PDF-1.4 a licence');
    const id = await uploaded(pdf, { mimeType: 'application/pdf', purpose: 'MERCHANT_DOCUMENT' });
    expect((await get(`/media/${id}`)).status).toBe(404);
    const [{ url }] = await owned([id], 'MERCHANT_DOCUMENT');
    const answer = await fetch(here(url));
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('content-disposition')]).toEqual([
      200,
      'private, max-age=300',
      "attachment; filename*=UTF-8''a%20file.png",
    ]);
    expect(await answer.text()).toBe('%PDF-1.4 a licence');
    expect((await fetch(here(url.replace(/signature=.{4}/, 'signature=AAAA')))).status).toBe(404);
    const { mediaAddresses } = await shop.sibling('query($ids: [ID!]!) { mediaAddresses(ids: $ids) }', { ids: [id, 'media_nothing'] });
    expect(mediaAddresses).toEqual([url, null]);
  });
});
