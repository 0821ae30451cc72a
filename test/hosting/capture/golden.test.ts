import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import { openDataCapture } from '../../../src/hosting/capture/data-capture.ts';
import { parseS3Uri } from '../../../src/store/s3-uri.ts';
import { captureStore } from './capture-store.ts';

interface Call {
  readonly variant: string;
  readonly at: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly input: readonly string[];
  readonly contentType?: string;
  readonly output: readonly string[];
}

const root = dirname(fileURLToPath(import.meta.resolve('#fixtures/data-capture/README.md')));

describe('a captured endpoint', () => {
  for (const { name } of readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    it(`leaves the objects of ${name}`, async () => {
      await using store = await captureStore();
      const read = (file: string): unknown => JSON.parse(readFileSync(join(root, name, file), 'utf8'));
      const config = read('config.json') as DataCaptureConfig;
      let now = new Date(0);
      let ids = 0;
      const warnings: string[] = [];
      const capture = await openDataCapture(config, store, {
        endpoint: 'demo',
        onWarning: (message) => warnings.push(message),
        now: () => now,
        newId: () => {
          ids += 1;
          return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
        },
      });
      for (const { variant, at, headers, input, output, contentType } of read('calls.json') as readonly Call[]) {
        now = new Date(at);
        const call = capture?.begin(variant, headers);
        for (const chunk of input) call?.input(Buffer.from(chunk));
        for (const chunk of output) call?.output(Buffer.from(chunk));
        call?.head(contentType);
        call?.over(true);
      }
      await capture?.close();
      const { key } = parseS3Uri(config.DestinationS3Uri ?? '', 'the destination');
      assert.deepEqual(await store.objectsBelow(key.replace(/\/$/, '')), expected(join(root, name, 'objects')));
      assert.deepEqual(warnings, []);
    });
  }
});

const expected = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(directory, path).split(sep).join('/'), readFileSync(path, 'utf8')]),
  );
