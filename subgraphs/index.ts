import { cart } from './cart/index.ts';
import { orderPayment } from './order-payment/index.ts';
import { product } from './product/index.ts';
import { review } from './review/index.ts';
import { user } from './user/index.ts';

/** The five subgraphs; who starts, composes or tests them reads this list. */
export const subgraphs = [user, product, cart, orderPayment, review] as const;
