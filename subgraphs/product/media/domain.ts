import { type UserErrorData, validationError } from '#platform/errors.ts';

export type MediaKind = 'IMAGE' | 'VIDEO' | 'DOCUMENT';
export type MediaPurpose = 'PRODUCT' | 'REVIEW' | 'AVATAR' | 'MERCHANT_DOCUMENT' | 'REFUND_EVIDENCE';

const MEGABYTE = 1_000_000;

/** What each type of file is: its kind, and how sharp names its format where it is a picture. */
export const TYPES: Readonly<Record<string, { kind: MediaKind; format: string | null }>> = {
  'image/jpeg': { kind: 'IMAGE', format: 'jpeg' },
  'image/png': { kind: 'IMAGE', format: 'png' },
  'image/webp': { kind: 'IMAGE', format: 'webp' },
  'image/gif': { kind: 'IMAGE', format: 'gif' },
  'image/avif': { kind: 'IMAGE', format: 'heif' },
  'video/mp4': { kind: 'VIDEO', format: null },
  'application/pdf': { kind: 'DOCUMENT', format: null },
};

const PICTURES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'];

interface Policy {
  readonly mimeTypes: readonly string[];
  readonly maxBytes: number;
  /** Whoever knows the id may see it; else only with a signed address that lapses. */
  readonly isPublic: boolean;
}

export const POLICIES: Readonly<Record<MediaPurpose, Policy>> = {
  PRODUCT: { mimeTypes: [...PICTURES, 'video/mp4'], maxBytes: 50 * MEGABYTE, isPublic: true },
  REVIEW: { mimeTypes: [...PICTURES, 'video/mp4'], maxBytes: 50 * MEGABYTE, isPublic: true },
  AVATAR: { mimeTypes: PICTURES, maxBytes: 5 * MEGABYTE, isPublic: true },
  MERCHANT_DOCUMENT: { mimeTypes: [...PICTURES, 'application/pdf'], maxBytes: 20 * MEGABYTE, isPublic: false },
  REFUND_EVIDENCE: { mimeTypes: [...PICTURES, 'video/mp4', 'application/pdf'], maxBytes: 50 * MEGABYTE, isPublic: false },
};

/** Pictures are decoded, which takes far more memory than their files: they may be smaller than videos. */
const MAX_PICTURE_BYTES = 15 * MEGABYTE;

export interface UploadRequest {
  readonly filename: string;
  readonly mimeType: string;
  readonly byteSize: number;
  readonly sha256: string;
  readonly purpose: MediaPurpose;
}

export function uploadProblems({ filename, mimeType, byteSize, sha256, purpose }: UploadRequest): UserErrorData[] {
  const policy = POLICIES[purpose];
  const problems: UserErrorData[] = [];
  const length = filename.trim().length;
  if (length < 1 || length > 200)
    problems.push(validationError(['input', 'filename'], { en: 'Must have 1 to 200 characters.', zh: '长度须为 1 到 200 个字符。' }, 'LENGTH'));
  if (!policy.mimeTypes.includes(mimeType)) {
    const allowed = policy.mimeTypes.join(', ');
    problems.push(
      validationError(
        ['input', 'mimeType'],
        { en: `For ${purpose} it must be one of ${allowed}.`, zh: `用途 ${purpose} 只接受 ${allowed}。` },
        'UNSUPPORTED_TYPE',
      ),
    );
  }
  const maxBytes = TYPES[mimeType]?.kind === 'IMAGE' ? Math.min(policy.maxBytes, MAX_PICTURE_BYTES) : policy.maxBytes;
  if (byteSize < 1 || byteSize > maxBytes) {
    problems.push(validationError(['input', 'byteSize'], { en: `Must be from 1 to ${maxBytes} bytes.`, zh: `须在 1 到 ${maxBytes} 字节之间。` }, 'RANGE'));
  }
  if (!/^[0-9a-f]{64}$/i.test(sha256)) {
    problems.push(
      validationError(
        ['input', 'sha256'],
        { en: 'Must be the SHA-256 of the file as 64 hexadecimal digits.', zh: '须为文件 SHA-256 的 64 位十六进制字符串。' },
        'FORMAT',
      ),
    );
  }
  return problems;
}

export type ImageFormat = 'ORIGINAL' | 'WEBP' | 'AVIF' | 'JPEG';

/** How a picture is asked for. */
export interface Rendition {
  readonly width: number | null;
  readonly height: number | null;
  readonly format: ImageFormat;
}

export const MAX_SIDE = 2_000;
const FORMATS: readonly ImageFormat[] = ['ORIGINAL', 'WEBP', 'AVIF', 'JPEG'];

/** Reads `width`, `height` and `format`; a sentence where they are wrong. */
export function renditionOf(query: URLSearchParams): Rendition | string {
  const width = sideOf(query.get('width'));
  const height = sideOf(query.get('height'));
  if (width === undefined || height === undefined) return `"width" and "height" must be whole numbers from 1 to ${MAX_SIDE}.`;
  const asked = (query.get('format') ?? 'ORIGINAL').toUpperCase();
  const format = FORMATS.find((name) => name === asked);
  return format ? { width, height, format } : `"format" must be one of ${FORMATS.join(', ').toLowerCase()}.`;
}

function sideOf(text: string | null): number | null | undefined {
  if (text === null || text === '') return null;
  const side = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return side >= 1 && side <= MAX_SIDE ? side : undefined;
}

/** The address of a picture, with what was asked for in a fixed order so that caches meet. */
export function mediaUrl(
  publicUrl: string,
  id: string,
  rendition: Partial<{ width: number | null; height: number | null; format: ImageFormat | null }> = {},
): string {
  const query = new URLSearchParams();
  if (rendition.width != null) query.set('width', String(rendition.width));
  if (rendition.height != null) query.set('height', String(rendition.height));
  if (rendition.format != null && rendition.format !== 'ORIGINAL') query.set('format', rendition.format.toLowerCase());
  return `${publicUrl}/media/${id}${query.size > 0 ? `?${query}` : ''}`;
}
