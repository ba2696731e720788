import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream, type ReadStream } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConfigError } from '#platform/config.ts';
import type { SubgraphRuntime } from '#platform/subgraph.ts';

/** Nothing else may become a part of a path. */
const ID = /^media_[0-9A-Za-z]{1,40}$/;

export const isMediaId = (id: string): boolean => ID.test(id);

/** More different sizes of one picture than this are made anew each time instead of being kept. */
const KEPT_RENDITIONS = 40;

export interface Received {
  readonly file: string;
  readonly byteSize: number;
  readonly sha256: string;
}

export class TooManyBytesError extends Error {}

/** Finds out before the first upload whether there is a folder to write to. */
export async function prepareMediaStore({ config }: Pick<SubgraphRuntime, 'config'>): Promise<void> {
  const root = resolve(config.DATA_DIR, 'media');
  try {
    await mkdir(root, { recursive: true });
    await access(root, constants.W_OK);
  } catch (error) {
    throw new ConfigError(`DATA_DIR (${config.DATA_DIR}) is no folder in which this user can keep pictures: set it to one that can be written.`, {
      cause: error,
    });
  }
}

/** The files of media, below one folder: originals, what was made of them, and what is just coming in. */
export function mediaStore(dataDir: string) {
  const root = resolve(dataDir, 'media');
  const shardOf = (id: string) => {
    if (!isMediaId(id)) throw new Error(`${id} is no id of a medium`);
    return id.slice(-2).toLowerCase();
  };
  const originalOf = (id: string) => `${root}/original/${shardOf(id)}/${id}`;
  const renditionsOf = (id: string) => `${root}/rendition/${shardOf(id)}/${id}`;

  return {
    originalOf,
    /** Writes what comes in to a file of its own, counting and hashing; stops at the first byte too many. */
    async receive(bytes: AsyncIterable<Buffer>, maxBytes: number): Promise<Received> {
      const file = `${root}/incoming/${randomUUID()}`;
      await mkdir(dirname(file), { recursive: true });
      const hash = createHash('sha256');
      let byteSize = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          byteSize += chunk.length;
          hash.update(chunk);
          done(byteSize > maxBytes ? new TooManyBytesError() : null, chunk);
        },
      });
      try {
        await pipeline(bytes, measure, createWriteStream(file, { flags: 'wx' }));
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
      return { file, byteSize, sha256: hash.digest('hex') };
    },
    discard: (file: string) => rm(file, { force: true }),
    /** Makes a received file the original; the name appears at once and whole. */
    async keep(file: string, id: string): Promise<void> {
      await mkdir(dirname(originalOf(id)), { recursive: true });
      await rename(file, originalOf(id));
    },
    /** Puts an original in place that was made here. */
    async put(id: string, bytes: Buffer): Promise<void> {
      await mkdir(dirname(originalOf(id)), { recursive: true });
      await writeFile(originalOf(id), bytes);
    },
    renditionOf: (id: string, name: string) => `${renditionsOf(id)}/${name}`,
    /** Keeps what was made of a picture, unless too much is kept of it already. */
    async keepRendition(id: string, name: string, bytes: Buffer): Promise<void> {
      const folder = renditionsOf(id);
      await mkdir(folder, { recursive: true });
      if ((await readdir(folder)).length >= KEPT_RENDITIONS) return;
      const incoming = `${folder}/.${randomUUID()}`;
      await writeFile(incoming, bytes);
      await rename(incoming, `${folder}/${name}`);
    },
    /** Null where there is no such file. */
    async open(file: string): Promise<{ size: number; read(): ReadStream } | null> {
      try {
        const { size } = await stat(file);
        return { size, read: () => createReadStream(file) };
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
  };
}

export type MediaStore = ReturnType<typeof mediaStore>;
