import { conformance } from '../engine/conformance.ts';
import { baseImage, testEngine } from '../support/real-engine.ts';

describe('the ordinary engine', function () {
  this.timeout(60_000);
  const engine = testEngine();
  conformance({ engine: () => engine, base: baseImage });
});
