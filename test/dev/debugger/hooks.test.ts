import assert from 'node:assert/strict';
import { hookVariables } from '../../../src/dev/debugger/hooks.ts';

describe('the variables of a container with a debugger', () => {
  const hooks = { PYTHONPATH: '/.sm-local-debugger', NODE_OPTIONS: '--require=/.sm-local-debugger/preload.cjs' };

  it('lead to what starts it', () => {
    assert.deepEqual(hookVariables({}, {}, { waits: false }), hooks);
    assert.deepEqual(hookVariables({}, {}, { waits: true }), { ...hooks, SM_LOCAL_DEBUG_WAIT: '1' });
  });

  it('keep what the image has, and what the request has in its place', () => {
    const image = { PYTHONPATH: '/opt/lib', NODE_OPTIONS: '--max-old-space-size=100', OTHER: 'x' };
    assert.deepEqual(hookVariables(image, { PYTHONPATH: '/mine:/yours' }, { waits: false }), {
      PYTHONPATH: '/.sm-local-debugger:/mine:/yours',
      NODE_OPTIONS: '--require=/.sm-local-debugger/preload.cjs --max-old-space-size=100',
    });
  });
});
