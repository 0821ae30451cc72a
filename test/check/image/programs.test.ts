import assert from 'node:assert/strict';
import type { Check, Finding } from '../../../src/check/check.ts';
import { commandOptions } from '../../../src/check/image/command-options.ts';
import { contentUnderOptMl } from '../../../src/check/image/content-under-opt-ml.ts';
import { entrypointForm } from '../../../src/check/image/entrypoint-form.ts';
import { entrypointProgram } from '../../../src/check/image/entrypoint-program.ts';
import { exposedPort } from '../../../src/check/image/exposed-port.ts';
import { gpuDriver } from '../../../src/check/image/gpu-driver.ts';
import { labels } from '../../../src/check/image/labels.ts';
import { serveProgram, trainProgram } from '../../../src/check/image/part-program.ts';
import { platformVariables } from '../../../src/check/image/platform-variables.ts';
import { scriptInterpreter } from '../../../src/check/image/script-interpreter.ts';
import { user } from '../../../src/check/image/user.ts';
import type { Part } from '../../../src/check/request.ts';
import type { Subject } from '../../../src/check/subject.ts';
import { link, madeUp, program, script } from './made-up.ts';

const textOf = async (check: Check, subject: Subject): Promise<string> => {
  const finding: Finding = await check.look(subject);
  return `${finding.state}: ${finding.text}`;
};

const tools = { '/usr/bin/env': program, '/usr/bin/python3.11': program, '/usr/bin/python3': link('python3.11'), '/bin': link('usr/bin') };
const withShell = { ...tools, '/usr/bin/sh': program, '/usr/bin/bash': program };

describe('an ENTRYPOINT', () => {
  for (const [words, state] of [
    [['python3', '/opt/program/entry.py'], 'passed'],
    [['/bin/sh', '-c', 'python3 entry.py'], 'failed'],
    [['/bin/bash', '-o', 'pipefail', '-c', 'python3 entry.py'], 'failed'],
    [['bash', '-lc', 'python3 entry.py'], 'failed'],
    [['/bin/sh', '-c', 'exec python3 entry.py "$@"', '--'], 'passed'],
    [['bash', '-m', 'start_with_right_hostname.sh'], 'passed'],
    [['python3', '-c', 'import entry; entry.main()'], 'passed'],
    [['conda', 'run', '-n', 'base', 'python', 'entry.py'], 'passed'],
  ] as const) {
    it(`${words.join(' ')} has ${state} the check of its form`, async () =>
      assert.match(await textOf(entrypointForm, madeUp({ entrypoint: words })), new RegExp(`^${state}`)));
  }

  it('in shell form is an error where the image is to train and to serve, and lets its program be looked at', async () => {
    const severityOf = async (parts: Part[]) => {
      const finding = await entrypointForm.look(madeUp({ entrypoint: ['/bin/sh', '-c', 'exec python3 serve.py'] }, { parts }));
      return finding.state === 'failed' && finding.severity;
    };
    assert.deepEqual(await Promise.all([severityOf(['train', 'serve']), severityOf(['serve']), severityOf([])]), [
      'error',
      'warning',
      'warning',
    ]);
    assert.equal(entrypointProgram.needs, undefined);
  });

  for (const [title, entrypoint, files, expected] of [
    ['on PATH is found', ['python3'], tools, /^passed/],
    ['relative to WORKDIR is found', ['./entry'], { '/srv/entry': script('#!/bin/sh\n') }, /^passed/],
    ['that is a link is followed', ['/entry'], { '/entry': link('srv/../srv/real'), '/srv/real': program }, /^passed/],
    ['that is a link to nothing fails', ['/entry'], { '/entry': link('/srv/gone') }, /^failed.*is a link to \/srv\/gone/],
    [
      'that is a link in a circle fails',
      ['/entry'],
      { '/entry': link('/other'), '/other': link('/entry') },
      /^failed.*to \/other, which leads back/,
    ],
    ['that is nowhere on PATH fails', ['entry'], tools, /^failed.*in no directory of PATH/],
    ['that is a directory fails', ['/srv'], { '/srv/x': program }, /^failed.*is a directory/],
    ['without its execute bit fails', ['/entry'], { '/entry': script('#!/bin/sh\n', 0o644) }, /^failed.*not executable \(mode 0644\)/],
    [
      'for another processor fails',
      ['/entry'],
      { '/entry': { ...program, program: { form: 'elf', architecture: 'arm64' } } },
      /^failed.*for arm64 in an image for amd64/,
    ],
    [
      'of another distribution fails',
      ['/entry'],
      { '/entry': { ...program, program: { form: 'elf', architecture: 'amd64', interpreter: '/lib/ld-musl-x86_64.so.1' } } },
      /^failed.*needs the loader \/lib\/ld-musl/,
    ],
    ['whose script is missing fails', ['python3', 'entry.py'], tools, /^failed.*run entry\.py, which is not in the image/],
    ['whose script is in WORKDIR passes', ['python3', 'entry.py'], { ...tools, '/srv/entry.py': script('') }, /^passed/],
    ['whose script SageMaker brings passes', ['python3', '/opt/ml/code/entry.py'], tools, /^passed/],
    ['whose script bash finds on PATH passes', ['bash', 'start.sh'], { ...withShell, '/usr/local/bin/start.sh': script('') }, /^passed/],
    ['whose jar is missing fails', ['java', '-Xmx1g', '-jar', '/app.jar'], { '/usr/bin/java': program }, /^failed.*run \/app\.jar/],
    ['of a module passes', ['python3', '-m', 'gunicorn'], tools, /^passed/],
  ] as const) {
    it(title, async () =>
      assert.match(await textOf(entrypointProgram, madeUp({ entrypoint, workingDirectory: '/srv' }, { files })), expected),
    );
  }
});

describe('scripts that are started', () => {
  for (const [title, text, expected] of [
    ['by env are run by what PATH has', '#!/usr/bin/env python3\n', /^passed/],
    ['by a link to an interpreter run', '#! /bin/python3 -u\n', /^passed/],
    ['by env with options run', '#!/usr/bin/env -S python3 -u\n', /^passed/],
    ['by env with options in one word do not', '#!/usr/bin/env python3 -u\n', /^failed.*"python3 -u"/],
    ['by what is not there do not', '#!/usr/bin/env python2\n', /^failed.*run by python2/],
    ['with line ends of Windows do not', '#!/bin/python3\r\nprint()\r\n', /^failed.*Windows/],
    ['without #! do not', 'print()\n', /^failed.*exec format error/],
    ['behind a byte order mark do not', '\uFEFF#!/bin/python3\n', /^failed.*exec format error/],
  ] as const) {
    it(title, async () => {
      const files = { ...tools, '/usr/local/bin/train': link('/opt/train'), '/opt/train': script(text) };
      assert.match(await textOf(scriptInterpreter, madeUp({}, { files })), expected);
    });
  }
});

describe('an image without ENTRYPOINT', () => {
  it('needs neither train where it only serves, nor the other way round', async () => {
    const subject = madeUp({}, { files: { ...tools, '/usr/local/bin/serve': program } });
    assert.match(await textOf(trainProgram, subject), /^inapplicable/);
    assert.match(await textOf(serveProgram, subject), /^passed: serve is \/usr\/local\/bin\/serve/);
  });

  it('that has neither is told what becomes of its CMD', async () => {
    const subject = madeUp({ command: ['python', 'app.py'] }, { files: tools });
    const finding = await trainProgram.look(subject);
    assert.ok(finding.state === 'failed');
    assert.match(finding.remedy, /CMD \["python", "app\.py"\] is replaced by train/);
    assert.match(await textOf(serveProgram, subject), /^failed/);
    assert.match(await textOf(serveProgram, madeUp({}, { files: tools, parts: ['train'] })), /^inapplicable/);
  });
});

describe('CMD beside ENTRYPOINT', () => {
  const nginx = { ...withShell, '/usr/sbin/nginx': program, '/entry.sh': script('#!/bin/sh\nset -e\nexec "$@"\n') };
  for (const [title, image, files, expected] of [
    ['of options fails', { entrypoint: ['gunicorn'], command: ['-b', '0.0.0.0:8080', 'app:app'] }, tools, /^failed/],
    ['of the script of an interpreter fails', { entrypoint: ['python3'], command: ['app.py'] }, tools, /^failed/],
    ['of a program that a script executes fails', { entrypoint: ['/entry.sh'], command: ['nginx', '-g', 'daemon off;'] }, nginx, /^failed/],
    [
      'of a program that a script executes passes with serve on PATH',
      { entrypoint: ['/entry.sh'], command: ['nginx'] },
      { ...nginx, '/usr/bin/serve': program },
      /^passed/,
    ],
    ['of serve passes', { entrypoint: ['/entry'], command: ['serve'] }, tools, /^passed/],
    ['of --help passes', { entrypoint: ['/entry'], command: ['--help'] }, tools, /^passed/],
    ['of a shell passes', { entrypoint: ['bash', '-m', 'start.sh'], command: ['/bin/bash'] }, withShell, /^passed/],
    [
      'of a server that a program knows passes',
      { entrypoint: ['python3', '/entry.py'], command: ['torchserve', '--start'] },
      tools,
      /^passed/,
    ],
  ] as const) {
    it(title, async () => assert.match(await textOf(commandOptions, madeUp(image, { files })), expected));
  }
});

describe('what an image says of itself', () => {
  for (const [name, state] of [
    ['', 'passed'],
    ['root', 'passed'],
    ['0:0', 'passed'],
    ['root:staff', 'passed'],
    ['1000', 'failed'],
    ['app:root', 'failed'],
  ] as const) {
    it(`as user ${JSON.stringify(name)} has ${state}`, async () =>
      assert.match(await textOf(user, madeUp({ user: name })), new RegExp(`^${state}`)));
  }

  it('about ports matters where it serves', async () => {
    const files = { '/usr/bin/serve': program };
    assert.match(await textOf(exposedPort, madeUp({}, { files, exposedPorts: ['80/tcp', '8080/tcp'] })), /^passed/);
    assert.match(await textOf(exposedPort, madeUp({}, { files, exposedPorts: ['80/tcp'] })), /^failed/);
    assert.match(
      await textOf(exposedPort, madeUp({}, { files: { '/usr/bin/train': program }, exposedPorts: ['80/tcp'] })),
      /^inapplicable/,
    );
  });

  const capability = 'com.amazonaws.sagemaker.capabilities';
  for (const [given, expected] of [
    [{}, /^inapplicable/],
    [{ maintainer: 'us', 'com.amazonaws.ml.engines.sagemaker.dlc.framework.pytorch': 'true' }, /^inapplicable/],
    [{ [`${capability}.multi-models`]: 'true' }, /^passed/],
    [{ [`${capability}.multi-models`]: 'True' }, /^failed.*only true counts/],
    [{ [`${capability}.multi-model`]: 'true' }, /^failed.*capabilities\.multi-models is one/],
  ] as const) {
    it(`by labels ${JSON.stringify(given)}`, async () => assert.match(await textOf(labels, madeUp({ labels: given })), expected));
  }

  for (const [environment, expected] of [
    [
      { PATH: '/usr/bin', LANG: 'C.UTF-8', NVIDIA_VISIBLE_DEVICES: 'all', DMLC_INTERFACE: 'eth0', SAGEMAKER_BIND_TO_PORT: '8080' },
      /^passed/,
    ],
    [{ SAGEMAKER_PROGRAM: 'train.py', SAGEMAKER_TRAINING_MODULE: 'x:main' }, /^passed/],
    [{ AWS_PROFILE: 'team' }, /^failed.*before the credentials of the role/],
    [
      { AWS_REGION: 'eu-west-1', TRAINING_JOB_NAME: 'mine' },
      /^failed.*AWS_REGION, which SageMaker sets itself: .*TRAINING_JOB_NAME, which SageMaker sets itself in training/,
    ],
  ] as const) {
    it(`by variables ${Object.keys(environment).join(', ')}`, async () =>
      assert.match(await textOf(platformVariables, madeUp({ environment })), expected));
  }

  for (const [environment, parts, expected] of [
    [
      { AWS_DEFAULT_REGION: 'eu-west-1' },
      ['train'],
      /^failed: The image sets AWS_DEFAULT_REGION, which SageMaker does not set in training:/,
    ],
    [{ AWS_DEFAULT_REGION: 'eu-west-1' }, ['serve'], /^failed: The image sets AWS_DEFAULT_REGION, which SageMaker sets itself: in the/],
    [{ AWS_DEFAULT_REGION: 'eu-west-1' }, ['train', 'serve'], /sets itself in serving: .* does not set in training/],
    [{ TRAINING_JOB_NAME: 'mine' }, ['serve'], /^passed/],
    [{ SAGEMAKER_SAFE_PORT_RANGE: '1-2' }, ['train'], /^passed/],
    [{ AWS_REGION: 'eu-west-1' }, ['train'], /^failed: The image sets AWS_REGION, which SageMaker sets itself: /],
  ] as const) {
    it(`by variable ${Object.keys(environment).join()} of an image that can ${parts.join(' and ')}`, async () =>
      assert.match(await textOf(platformVariables, madeUp({ environment }, { parts })), expected));
  }

  for (const [labelled, parts, expected] of [
    [false, [], /^passed/],
    [true, [], /^failed: \/opt\/ml\/models\/one lies where SageMaker mounts directories of its own: the container may not see it/],
    [false, ['multi-model'], /^failed/],
  ] as const) {
    it(`by /opt/ml/models ${labelled ? 'with' : 'without'} the label of multi-model endpoints${parts.join('')}`, async () => {
      const subject = madeUp(
        { labels: labelled ? { 'com.amazonaws.sagemaker.capabilities.multi-models': 'true' } : {} },
        { files: { '/opt/ml/models/one': program }, parts },
      );
      assert.match(await textOf(contentUnderOptMl, subject), expected);
    });
  }
});

describe('a driver', () => {
  for (const [path, entry, state] of [
    ['/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05', program, 'failed'],
    ['/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1', program, 'failed'],
    ['/usr/lib/x86_64-linux-gnu/libcuda.so.1', link('libcuda.so.535'), 'passed'],
    ['/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05', { ...program, size: 0 }, 'passed'],
    ['/usr/local/cuda-12.2/compat/libcuda.so.535.104.05', program, 'passed'],
    ['/usr/local/cuda/lib64/stubs/libcuda.so.1', program, 'passed'],
    ['/usr/local/cuda/lib64/libcudart.so.12', program, 'passed'],
  ] as const) {
    it(`is told by ${path} (${entry.kind}, ${entry.size} bytes): ${state}`, async () =>
      assert.match(await textOf(gpuDriver, madeUp({}, { files: { [path]: entry } })), new RegExp(`^${state}`)));
  }
});
