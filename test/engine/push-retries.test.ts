import assert from 'node:assert/strict';
import { pushRetries } from '../../src/engine/docker/push-retries.ts';

describe('the retries of a push', () => {
  const retrying = (id: string, seconds: number) => ({ id, status: `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}` });
  const told = (records: readonly Readonly<Record<string, unknown>>[]) => {
    const retries = pushRetries();
    return records.map(retries).filter((retry) => retry !== undefined);
  };

  it('are told when a wait begins, not at each of its seconds', () => {
    const records = [...[3, 2, 1].map((seconds) => retrying('a', seconds)), { id: 'a', status: 'Pushing' }];
    assert.deepEqual(told([...records, ...records]), [
      { seconds: 3, count: 1 },
      { seconds: 3, count: 2 },
    ]);
  });

  it('are told once for all layers that wait at the same time', () => {
    assert.deepEqual(told([retrying('a', 5), retrying('b', 5), retrying('a', 4), retrying('b', 4)]), [{ seconds: 5, count: 1 }]);
  });

  it('are told of a longer wait that follows at once', () => {
    assert.deepEqual(told([retrying('a', 2), retrying('a', 1), retrying('a', 10)]), [
      { seconds: 2, count: 1 },
      { seconds: 10, count: 2 },
    ]);
  });

  it('are not seen in what else is said', () => {
    assert.deepEqual(told([{ status: 'The push refers to repository [x]' }, { id: 'a', status: 'Pushing' }, { id: 'a' }]), []);
  });
});
