/** An object or a list of the answer that is being put together, and where in the answer it stands. */
export interface Place {
  /** The object or list that it is a part of; null for the root. */
  readonly parent: Place | null;
  /** Its response key, or its position in a list. */
  readonly key: string | number;
  readonly isNonNull: boolean;
  /** Its parts by response key or position: what the client will see of it. */
  readonly parts: Record<string, unknown> | unknown[];
  /** A part of it failed that may not be null: nobody will see it, nor what fails in it later. */
  isNull: boolean;
}

export function put({ parts }: Place, key: string | number, part: unknown): void {
  if (Array.isArray(parts)) parts[Number(key)] = part;
  else parts[key] = part;
}

export function isGone(place: Place): boolean {
  for (let at: Place | null = place; at; at = at.parent) if (at.isNull) return true;
  return false;
}

export function pathOf(place: Place, key: string | number): (string | number)[] {
  const path = [key];
  for (let at: Place = place; at.parent; at = at.parent) path.push(at.key);
  return path.reverse();
}

/** Makes a place null that has been put where it stands already, and what holds it as far up as the types demand. */
export function nullify(place: Place): void {
  let at = place;
  at.isNull = true;
  while (at.isNonNull && at.parent) {
    at = at.parent;
    at.isNull = true;
  }
  if (at.parent) put(at.parent, at.key, null);
}
