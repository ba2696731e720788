import { expect, test } from 'vitest';
import { SHOP } from './four-subgraphs.fixture.ts';
import { runGateway } from './running-gateway.fixture.ts';

const EVERYTHING = `{
  me { name reviews { body product { name inStock shippingEstimate } } }
  topProducts(first: 3) { upc name reviews { body author { name } } }
}`;

test('a supergraph of four subgraphs is served over HTTP', async () => {
  await using graph = await runGateway(SHOP);
  const { status, data, errors } = await graph.ask(EVERYTHING);
  expect({ status, errors }).toEqual({ status: 200, errors: undefined });
  expect(data.me).toEqual({
    name: 'Ann',
    reviews: [
      { body: 'Love it!', product: { name: 'Table', inStock: true, shippingEstimate: 50 } },
      { body: 'Too expensive.', product: { name: 'Couch', inStock: false, shippingEstimate: 0 } },
    ],
  });
  expect(data.topProducts[2]).toEqual({ upc: 'c', name: 'Chair', reviews: [{ body: 'Could be better.', author: { name: 'Bo' } }] });
});
