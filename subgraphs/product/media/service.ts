import { newId } from '#platform/entity.ts';
import type { UserErrorData } from '#platform/errors.ts';
import { principalOf } from '#platform/identity.ts';
import type { RequestScope } from '#platform/subgraph.ts';
import { TYPES, type UploadRequest, uploadProblems } from './domain.ts';
import { Media } from './entities.ts';
import { signedQuery } from './signing.ts';

export interface UploadOutcome {
  readonly mediaId: string | null;
  readonly uploadUrl: string | null;
  readonly headers: { name: string; value: string }[] | null;
  readonly expiresAt: Date | null;
  readonly userErrors: UserErrorData[];
}

const UPLOAD_MS = 15 * 60_000;

/** Promises an upload: the row waits for its bytes, and lapses without them. */
export async function createUpload({ em, identity, config }: RequestScope, input: UploadRequest): Promise<UploadOutcome> {
  const userErrors = uploadProblems(input);
  const type = TYPES[input.mimeType];
  if (userErrors.length > 0 || !type) return { mediaId: null, uploadUrl: null, headers: null, expiresAt: null, userErrors };
  const id = newId('media');
  const expiresAt = new Date(Date.now() + UPLOAD_MS);
  const { filename, mimeType, byteSize, sha256, purpose } = input;
  em.create(Media, {
    _id: id,
    owner: principalOf(identity),
    purpose,
    filename: filename.trim(),
    mimeType,
    byteSize,
    sha256: sha256.toLowerCase(),
    kind: type.kind,
    width: null,
    height: null,
    acceptedAt: null,
    expiresAt,
  });
  await em.flush();
  const uploadUrl = `${config.publicUrl}/media/upload/${id}?${signedQuery(config, 'upload', id, expiresAt)}`;
  return { mediaId: id, uploadUrl, headers: [{ name: 'Content-Type', value: mimeType }], expiresAt, userErrors: [] };
}
