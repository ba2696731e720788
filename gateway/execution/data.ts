/** An object inside a subgraph's answer, or what is built of such. */
export type Data = Record<string, unknown>;

/** Response keys from the root, with positions in lists. */
export type ResponsePath = readonly (string | number)[];

export const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without a prototype, so that a response key such as `constructor` is absent until it is set. */
export const emptyData = (): Data => Object.create(null);
