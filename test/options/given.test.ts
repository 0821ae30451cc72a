import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ServeGiven, TrainGiven, UpGiven } from '../../src/library/given-options.ts';
import { givenFrom } from '../../src/options/given.ts';
import { trainOptions } from '../../src/options/train-options.ts';

describe('options of the library', () => {
  it('have the types that the table says', () => {
    const script = fileURLToPath(new URL('scripts/option-types.mjs', import.meta.resolve('sm-local/package.json')));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it('become what the command line would have given', () => {
    const options: TrainGiven = {
      input: { train: './data', test: 's3://b/x=y' },
      inputMode: 'Pipe',
      hp: { epochs: 5, rate: 0.1, shuffle: true, note: 'a=b', none: undefined },
      env: ['A=1'],
      instanceCount: 2,
      maxRun: '1h',
      interruptAfter: [30, '1m'],
      networkIsolation: true,
      cloudModes: false,
      buildArg: ['HTTP_PROXY', 'A=b'],
      name: undefined,
    };
    assert.deepEqual(givenFrom(options), {
      input: ['train=./data', 'test=s3://b/x=y'],
      'input-mode': ['Pipe'],
      hp: ['epochs=5', 'rate=0.1', 'shuffle=true', 'note=a=b'],
      env: ['A=1'],
      'instance-count': '2',
      'max-run': '1h',
      'interrupt-after': ['30', '1m'],
      'network-isolation': true,
      'cloud-modes': false,
      'build-arg': ['HTTP_PROXY', 'A=b'],
    });
    const serve: ServeGiven = { s3Endpoint: 'http://127.0.0.1:9000', port: 0, fault: { latency: '1s' }, workspace: 'bind' };
    assert.deepEqual(givenFrom(serve), { 's3-endpoint': 'http://127.0.0.1:9000', port: '0', fault: ['latency=1s'], workspace: 'bind' });
    const up: UpGiven = { limit: { ping: '1s' }, fastFail: true, callback: 'off' };
    assert.deepEqual(givenFrom(up), { limit: ['ping=1s'], 'fast-fail': true, callback: 'off' });
  });

  for (const [options, message, remedy] of [
    [{ inputMod: 'Pipe' }, 'inputMod: there is no such option.', 'Did you mean inputMode?'],
    [{ 'input-mode': 'Pipe' }, 'input-mode: there is no such option.', 'Did you mean inputMode?'],
    [{ port: 8080 }, 'port: there is no such option.', undefined],
    [{ name: null }, 'name: null is no text and no number.', "Write name: 'NAME', or leave it out."],
    [{ maxRun: Number.NaN }, 'maxRun: NaN is no text and no number.', undefined],
    [{ cloudModes: 'yes' }, 'cloudModes: "yes" is neither true nor false.', 'Write cloudModes: true, or leave it out.'],
    [
      { hp: { layers: [1, 2] } },
      'hp.layers: [1,2] is no text, no number, and neither true nor false.',
      'Hyperparameters are texts: write it with JSON.stringify().',
    ],
    [{ hp: { 'a=b': 1 } }, 'hp: "a=b" cannot be a name.', 'Names are not empty and have no "=".'],
    [{ input: ['train=x', null] }, 'input[1]: null is no text, no number, and neither true nor false.', undefined],
    [{ hook: { a: 'b' } }, 'hook: {"a":"b"} is no list.', "Write a list of texts, hook: ['…']."],
    [{ env: true }, 'env: true is no list.', "Write a map, env: { name: 'value' }, or a list of texts."],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => givenFrom(options, trainOptions), {
        code: 'WrongUsage',
        message,
        ...(remedy !== undefined && { remedy }),
      });
    });
  }
});
