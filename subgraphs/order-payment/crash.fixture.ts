import type { Identity } from '#platform/identity.ts';
import { loadConfig } from '#platform/config.ts';
import { createLogger } from '#platform/logger.ts';
import { startSubgraph } from '#platform/subgraph.ts';
import { embeddedTransport, type Engine } from '#platform/transport.ts';
import { cart } from '../cart/index.ts';
import { product } from '../product/index.ts';
import { user } from '../user/index.ts';
import { orderPayment } from './index.ts';

/**
 * A process of its own that begins a checkout in the shop of a test and, with CRASH_AFTER, dies in the middle of it:
 * `node crash.fixture.ts` with the shop's environment, and the checkout as JSON in CHECKOUT.
 */
const { identity, input, mongoUri }: { identity: Identity; input: object; mongoUri: string } = JSON.parse(process.env['CHECKOUT'] ?? '{}');
const config = loadConfig(process.env);
const log = createLogger(config.LOG_LEVEL);
const engines = new Map<string, Engine>();
const transport = embeddedTransport(engines);
for (const module of [user, product, cart, orderPayment]) {
  const started = await startSubgraph(module, { mongoUri, config, transport, subscribers: {}, log });
  engines.set(module.name, started);
}
const query = 'mutation ($input: CheckoutInput!) { checkout(input: $input) { orderGroup { id } userErrors { code } } }';
const context = { requestId: 'crash', locale: 'en', country: null, currency: null, companyId: null, deadline: Date.now() + 30_000, ip: null, userAgent: null };
const answer = await engines.get('order-payment')?.execute({ query, variables: { input }, identity, caller: 'gateway', context });
console.log(JSON.stringify(answer));
process.exit(0);
