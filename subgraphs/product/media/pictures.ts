import { open, writeFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { type MediaKind, type Rendition, TYPES } from './domain.ts';

/** Decoding takes four bytes a pixel: a small file that unfolds into more than this is refused. */
const MAX_PIXELS = 50_000_000;
/** Larger originals are kept within this. */
const MAX_ORIGINAL_SIDE = 4_000;
/** Decoding and encoding at once; others wait. */
const AT_ONCE = 2;
const MAX_WAITING = 64;

export class BusyError extends Error {}

let running = 0;
const waiting: (() => void)[] = [];

/** At most so many pictures are worked on at once: each takes a core and tens of megabytes. */
async function gated<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= MAX_WAITING) throw new BusyError('too many pictures wait');
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

const OPTIONS = { limitInputPixels: MAX_PIXELS, sequentialRead: true, failOn: 'error' } as const;

export interface Inspected {
  readonly kind: MediaKind;
  readonly width: number | null;
  readonly height: number | null;
}

/**
 * Looks into a received file, whatever it was called: null where it is not what it was said to be. Pictures lose what
 * cameras write into them (where it was taken, among others), and stand upright.
 */
export async function inspect(file: string, mimeType: string): Promise<Inspected | null> {
  const type = TYPES[mimeType];
  if (!type) return null;
  if (type.kind === 'IMAGE') return gated(() => inspectPicture(file, type.format ?? ''));
  const isRight = await hasSignature(file, mimeType);
  return isRight ? { kind: type.kind, width: null, height: null } : null;
}

async function inspectPicture(file: string, format: string): Promise<Inspected | null> {
  const metadata = await sharp(file, OPTIONS)
    .metadata()
    .catch(() => null);
  if (!metadata || metadata.format !== format) return null;
  const { exif, xmp, iptc, orientation = 1, width = 0, height = 0 } = metadata;
  const isClean = !exif && !xmp && !iptc && orientation === 1 && Math.max(width, height) <= MAX_ORIGINAL_SIDE;
  const picture = sharp(file, { ...OPTIONS, animated: (metadata.pages ?? 1) > 1 });
  if (isClean) {
    // The header may be sound and the rest not: it is decoded once, so that nothing unreadable is ever accepted.
    const isReadable = await picture.stats().then(
      () => true,
      () => false,
    );
    return isReadable ? { kind: 'IMAGE', width, height: metadata.pageHeight ?? height } : null;
  }
  const upright = picture
    .autoOrient()
    .resize({ width: MAX_ORIGINAL_SIDE, height: MAX_ORIGINAL_SIDE, fit: 'inside', withoutEnlargement: true })
    .keepIccProfile();
  const rewritten = await encoded(upright, format, 90)
    .toBuffer({ resolveWithObject: true })
    .catch(() => null);
  if (!rewritten) return null;
  await writeFile(file, rewritten.data);
  return { kind: 'IMAGE', width: rewritten.info.width, height: rewritten.info.pageHeight ?? rewritten.info.height };
}

function encoded(picture: Sharp, format: string, quality: number): Sharp {
  switch (format) {
    case 'png':
      return picture.png();
    case 'webp':
      return picture.webp({ quality });
    case 'gif':
      return picture.gif();
    case 'heif':
    case 'avif':
      return picture.avif({ quality: quality - 20, effort: 2 });
    default:
      return picture.jpeg({ quality, mozjpeg: false });
  }
}

const SIGNATURES: Readonly<Record<string, { readonly offset: number; readonly bytes: string }>> = {
  'video/mp4': { offset: 4, bytes: 'ftyp' },
  'application/pdf': { offset: 0, bytes: '%PDF-' },
};

async function hasSignature(file: string, mimeType: string): Promise<boolean> {
  const signature = SIGNATURES[mimeType];
  if (!signature) return false;
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(signature.bytes.length), 0, signature.bytes.length, signature.offset);
  return buffer.toString('latin1') === signature.bytes;
}

const FORMAT_OF: Readonly<Record<Exclude<Rendition['format'], 'ORIGINAL'>, { format: string; mimeType: string }>> = {
  WEBP: { format: 'webp', mimeType: 'image/webp' },
  AVIF: { format: 'avif', mimeType: 'image/avif' },
  JPEG: { format: 'jpeg', mimeType: 'image/jpeg' },
};

/** What a rendition of a picture of this type is. */
export function formatOf(rendition: Rendition, mimeType: string): { format: string; mimeType: string } {
  return rendition.format === 'ORIGINAL' ? { format: TYPES[mimeType]?.format ?? 'jpeg', mimeType } : FORMAT_OF[rendition.format];
}

/** Scaled to fit, never enlarged. */
export function render(file: string, { width, height }: Rendition, format: string): Promise<Buffer> {
  return gated(() => {
    const scaled = sharp(file, OPTIONS).resize({ ...(width && { width }), ...(height && { height }), fit: 'inside', withoutEnlargement: true });
    return encoded(format === 'jpeg' ? scaled.flatten({ background: '#ffffff' }) : scaled, format, 82).toBuffer();
  });
}
