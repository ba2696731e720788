import { defineConfig } from 'vitest/config';

const shared = {
  // vitest follows `module`, Apollo uses `require`: without this two copies of graphql meet.
  alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  environment: 'node' as const,
};
/** Ten thousand carts take a while on a machine that does other things besides. */
const unit = { testTimeout: 30_000 };
const slow = { testTimeout: 60_000, hookTimeout: 90_000, globalSetup: ['test/mongo.setup.ts'] };

export default defineConfig({
  test: {
    // By default one core is left for watching, which on two cores is half of them.
    maxWorkers: '100%',
    projects: [
      { test: { ...shared, ...unit, name: 'unit', include: ['**/*.test.ts'], exclude: ['**/node_modules/**', '**/*.db.test.ts', '**/*.e2e.test.ts'] } },
      { test: { ...shared, ...slow, name: 'db', include: ['**/*.db.test.ts'], exclude: ['**/node_modules/**'] } },
      { test: { ...shared, ...slow, name: 'e2e', include: ['test/**/*.e2e.test.ts'], fileParallelism: false } },
    ],
  },
});
