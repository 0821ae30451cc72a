import assert from 'node:assert/strict';
import { startFailure } from '../../src/engine/docker/start-failure.ts';
import type { ContainerSpec, EngineAddress } from '../../src/engine/engine.ts';
import type { ErrorCode, SmLocalError } from '../../src/errors.ts';

const address: EngineAddress = { host: 'unix:///engine.sock', rule: 'a test' };
const spec: ContainerSpec = { image: 'sha256:1234', command: ['train'], environment: {}, labels: {}, mounts: [], gpus: 'all' };

/** The error of a start that the engine refused in these words. */
const refused = (message: string): SmLocalError =>
  startFailure(
    Object.assign(new Error(`(HTTP code 500) server error - ${message} `), { statusCode: 500, json: { message } }),
    spec,
    address,
  );

const runc = 'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';

describe('a start that fails', () => {
  const cases: readonly (readonly [whose: string, code: ErrorCode, messages: readonly string[]])[] = [
    [
      "is the image's fault when its program cannot be run",
      'NotStartable',
      [
        `${runc}exec: "train": executable file not found in $PATH: unknown`,
        `${runc}exec: "/usr/local/bin/train": permission denied: unknown`,
        `${runc}exec: "/opt": is a directory: unknown`,
        `${runc}exec: "./train": stat ./train: no such file or directory: unknown`,
        `${runc}error during container init: exec: "train": executable file not found in $PATH`,
        'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "train": executable file not found in $PATH: unknown',
        'standard_init_linux.go:228: exec user process caused: exec format error',
        'crun: executable file `train` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
        'crun: open executable: Permission denied: OCI permission denied',
      ],
    ],
    [
      "is the image's fault when its user or working directory cannot be had",
      'NotStartable',
      [
        'unable to find user nosuch: no matching entries in passwd file',
        'unable to find group nosuch: no matching entries in group file',
        `${runc}error during container init: chdir to cwd ("/root/app") set in config.json failed: permission denied: unknown`,
      ],
    ],
    [
      "is the machine's fault when it has no GPU",
      'NoGpu',
      [
        'could not select device driver "nvidia" with capabilities: [[gpu]]',
        `${runc}error during container init: error running hook #0: nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown`,
        'could not select device driver "cdi": unresolvable CDI devices nvidia.com/gpu=all',
      ],
    ],
    [
      'is the fault of whoever listens on the port',
      'PortTaken',
      [
        'driver failed programming external connectivity on endpoint x (1234): Bind for 127.0.0.1:8080 failed: port is already allocated',
        'driver failed programming external connectivity on endpoint x (1234): Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use',
      ],
    ],
    [
      "is the engine's trouble otherwise, also where a mount cannot be made",
      'EngineFailed',
      [
        'network 1234 not found',
        'no space left on device',
        `${runc}error during container init: error mounting "/data" to rootfs at "/etc/passwd": mount /data:/etc/passwd: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?`,
        `${runc}error during container init: error mounting "/data" to rootfs at "/opt/ml": open /data: no such file or directory: unknown`,
        `${runc}error during container init: error mounting "/data" to rootfs at "/opt/ml": open /data: permission denied: unknown`,
        `${runc}error during container init: error setting rlimits for ready process: error setting rlimit type 8: operation not permitted: unknown`,
        'error while mounting volume "/volumes/x/_data": failed to mount local volume: mount overlay:/volumes/x/_data: no such file or directory',
      ],
    ],
  ];

  for (const [whose, code, messages] of cases) {
    it(whose, () => {
      for (const message of messages) assert.equal(refused(message).code, code, message);
    });
  }

  it("tells an image's author the runtime's own sentence, without the engine's chain of prefixes", () => {
    assert.equal(
      refused(`${runc}exec: "train": executable file not found in $PATH: unknown`).message,
      'exec: "train": executable file not found in $PATH',
    );
  });

  it('names the port that is taken', () => {
    assert.match(refused('Bind for 127.0.0.1:8080 failed: port is already allocated').message, /^Port 8080 on 127\.0\.0\.1 /);
  });

  it('says how many GPUs were asked for', () => {
    assert.match(refused('could not select device driver "nvidia" with capabilities: [[gpu]]').message, /asked for \(all\)/);
  });

  it('keeps what the engine said as its cause', () => {
    assert.match(String(refused('no space left on device').cause), /no space left on device/);
  });
});
