/** Of every demo account. */
export const DEMO_PASSWORD = 'tradegraph-demo';

/**
 * The demo shop is made of blocks that are alike in size and know nothing of each other: each has its own products, buyers
 * and orders. So a larger shop is the smaller one and more blocks, and however many there are, one is in memory at a time.
 */
export const BLOCK = { products: 20, variants: 50, buyers: 5, groups: 40, orders: 50, reviews: 80 } as const;

/** Scale 1 is a hundred blocks. */
const BLOCKS_PER_SCALE = 100;

/** A hundred blocks share eight merchants: a larger shop has more of them. */
export const BLOCKS_PER_DISTRICT = 100;
export const MERCHANTS_PER_DISTRICT = 8;

export const SMALLEST_SCALE = 0.01;
export const LARGEST_SCALE = 500;

/** How many blocks a scale is; always whole ones. */
export const blocksOf = (scale: number): number => Math.max(1, Math.round(scale * BLOCKS_PER_SCALE));

export const districtsOf = (blocks: number): number => Math.ceil(blocks / BLOCKS_PER_DISTRICT);

export const districtOf = (block: number): number => Math.floor(block / BLOCKS_PER_DISTRICT);

/** Number of a merchant over all districts, from 0. */
export const merchantNumber = (district: number, kind: number): number => district * MERCHANTS_PER_DISTRICT + kind;

/** So many days ago a block's shop life began: its goods and buyers are older than that, its orders younger. */
export const historyOf = (block: number): number => 366 - ((block * 37) % 300);
