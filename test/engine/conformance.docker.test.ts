import { baseImage, testEngine } from '../support/real-engine.ts';
import { conformance } from './conformance.ts';

describe('the ordinary engine', function () {
  this.timeout(60_000);
  const engine = testEngine();
  conformance({ engine: () => engine, base: baseImage });
});
