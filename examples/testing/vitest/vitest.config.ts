import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: './test/endpoint.ts',
    testTimeout: 60_000,
  },
});
