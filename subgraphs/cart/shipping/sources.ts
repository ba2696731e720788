import type { Rate } from './domain.ts';

export type ShippingRate = Rate;
