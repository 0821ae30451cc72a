import assert from 'node:assert/strict';
import { toolkitVariables } from '../../../src/check/image/toolkit-variables.ts';
import { madeUp, script } from './made-up.ts';

const looked = async (text: string, { path = '/opt/program/train.py', more = {}, environment = {} } = {}) => {
  const finding = await toolkitVariables.look(madeUp({ environment }, { files: { [path]: script(text), ...more } }));
  return finding.state === 'failed' ? finding.items : finding.state;
};

describe('variables of the training toolkit', () => {
  for (const [text, name, path] of [
    ['model_dir = os.environ["SM_MODEL_DIR"]', 'SM_MODEL_DIR'],
    ["parser.add_argument('--train', default=os.environ['SM_CHANNEL_TRAIN'])", 'SM_CHANNEL_TRAIN'],
    ['cp -r out "$SM_MODEL_DIR"', 'SM_MODEL_DIR', '/opt/program/run.sh'],
    ['cp -r out $' + '{SM_MODEL_DIR}/x', 'SM_MODEL_DIR', '/opt/program/run.sh'],
  ] as const) {
    it(`are counted on by ${text}`, async () =>
      assert.deepEqual(await looked(text, path && { path }), [`${path ?? '/opt/program/train.py'}: ${name}`]));
  }

  for (const [text, path] of [
    ['model_dir = os.environ.get("SM_MODEL_DIR", "/opt/ml/model")'],
    ['model_dir = os.getenv("SM_MODEL_DIR") or "/opt/ml/model"'],
    ['held_out = os.environ.get("SM_CHANNEL_VALIDATION")\nif held_out:\n    score(held_out)'],
    ['parser.add_argument("--gpus", default=os.getenv("SM_NUM_GPUS"))'],
    ['if "SM_HOSTS" in os.environ:\n    hosts = os.environ["SM_HOSTS"]'],
    ['try:\n    hosts = os.environ["SM_HOSTS"]\nexcept KeyError:\n    hosts = []'],
    ['# os.environ["SM_MODEL_DIR"] is of the toolkit'],
    ['os.environ["SM_MODEL_DIR"] = "/opt/ml/model"\nprint(os.environ["SM_MODEL_DIR"])'],
    ['print(os.environ["SM_ARCHITECTURE"])'],
    ['cp -r out "$' + '{SM_MODEL_DIR:-/opt/ml/model}"', '/opt/program/run.sh'],
    ['export SM_MODEL_DIR=/opt/ml/model\ncp -r out "$SM_MODEL_DIR"', '/opt/program/run.sh'],
    ['const dir = process.env.SM_MODEL_DIR;', '/opt/program/train.js'],
    ['dir <- Sys.getenv("SM_MODEL_DIR")', '/opt/program/train.R'],
    ['print(os.environ["SM_MODEL_DIR"])', '/usr/lib/python3/dist-packages/toolkit/environment.py'],
  ] as const) {
    it(`are not counted on by ${JSON.stringify(text)}${path ? ` of ${path}` : ''}`, async () =>
      assert.equal(await looked(text, path && { path }), 'passed'));
  }

  it('are there with the toolkit, and where the image or one of its scripts sets them', async () => {
    const text = 'print(os.environ["SM_MODEL_DIR"])';
    const toolkit = { '/usr/local/lib/python3.11/site-packages/sagemaker_training/__init__.py': script('') };
    assert.equal(await looked(text, { more: toolkit }), 'passed');
    assert.equal(await looked(text, { environment: { SM_MODEL_DIR: '/opt/ml/model' } }), 'passed');
    assert.equal(
      await looked(text, { more: { '/opt/program/entry.sh': script('#!/bin/sh\nexport SM_MODEL_DIR=/opt/ml/model\n') } }),
      'passed',
    );
  });
});
