import { StartError } from './start-error.ts';

/** There is no MongoDB to work with. The message is one sentence that says what is wrong and what to do. */
export class MongoUnavailableError extends StartError {
  override readonly name = 'MongoUnavailableError';
}

/** The code of a system or MongoDB error: `ENOSPC`, `EACCES`, 94. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

const FOLDER_SENTENCES: Record<string, (folder: string) => string> = {
  ENOSPC: noSpace,
  EDQUOT: noSpace,
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: notWritable,
  EEXIST: notAFolder,
  ENOTDIR: notAFolder,
  ENOENT: notAFolder,
};

export function noSpace(folder: string): string {
  return `The disk of DATA_DIR (${folder}) is full: free some space, or set DATA_DIR to a folder on another disk.`;
}

export function notWritable(folder: string): string {
  return `DATA_DIR (${folder}) cannot be written: give this user write access, or set DATA_DIR to another folder.`;
}

function notAFolder(folder: string): string {
  return `DATA_DIR (${folder}) is not a folder and cannot be made one: set DATA_DIR to a folder that can be written.`;
}

/** What stopped a write below DATA_DIR, as a sentence; errors of any other kind stay as they are. */
export function folderError(error: unknown, folder: string): unknown {
  const sentence = FOLDER_SENTENCES[String(codeOf(error))];
  return sentence ? new MongoUnavailableError(sentence(folder), { cause: error }) : error;
}
