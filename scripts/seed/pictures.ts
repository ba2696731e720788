import { createHash } from 'node:crypto';
import { Media } from '../../subgraphs/product/media/entities.ts';
import { mediaStore } from '../../subgraphs/product/media/store.ts';
import { DAY } from './calendar.ts';
import { type Demo, type Stored, stored, type Written } from './documents.ts';
import { draw, PALETTES } from './drawing.ts';
import { demoId } from './ids.ts';
import { merchantsOf } from './merchants.ts';
import { at, cycled } from './random.ts';
import { NOUNS, type Noun } from './words/goods.ts';

const SIDE = 800;
const VIEWS = 3;
const TAKEN = 395 * DAY;

interface Picture {
  readonly id: string;
  readonly noun: Noun;
  /** Which of the eight kinds of merchant took it. */
  readonly kind: number;
  readonly view: number;
  readonly palette: number;
}

const pictureId = (noun: Noun, view: number): string => demoId('media', TAKEN - view, `${noun.key} ${view}`);

const ALL: readonly Picture[] = NOUNS.flatMap((nouns, kind) =>
  nouns.flatMap((noun, index) =>
    Array.from({ length: VIEWS }, (_, view) => ({ id: pictureId(noun, view), noun, kind, view, palette: kind + index + 2 * view })),
  ),
);

/** The pictures that a product shows, as it keeps them; `first` chooses which comes first. */
export function mediaOf(noun: Noun, first: number) {
  const count = 2 + (first % 2);
  return Array.from({ length: count }, (_, index) => ({ id: pictureId(noun, (first + index) % VIEWS), kind: 'IMAGE' as const, width: SIDE, height: SIDE }));
}

/** Draws every picture, puts it where the shop serves it from, and tells of it. */
export async function pictureDocuments({ config, calendar }: Demo): Promise<Written[]> {
  const store = mediaStore(config.DATA_DIR);
  const merchants = merchantsOf(0);
  const documents = await Promise.all(
    ALL.map(async ({ id, noun, kind, view, palette }): Promise<Stored<Media>> => {
      const bytes = await draw(noun.shape, cycled(PALETTES, palette), view, SIDE);
      await store.put(id, bytes);
      return {
        _id: id,
        createdAt: calendar.before(TAKEN - view),
        owner: `user:${at(merchants, kind).ownerId}`,
        purpose: 'PRODUCT',
        filename: `${noun.key}-${view + 1}.jpg`,
        mimeType: 'image/jpeg',
        byteSize: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        kind: 'IMAGE',
        width: SIDE,
        height: SIDE,
        acceptedAt: calendar.before(TAKEN - view),
        expiresAt: null,
      };
    }),
  );
  return [stored('product', Media, documents)];
}
