import assert from 'node:assert/strict';
import { pullFailure } from '../../src/engine/docker/pull-failure.ts';
import type { ErrorCode } from '../../src/errors.ts';

describe('a pull that failed', () => {
  /** Sentences of Docker 20.10 and 29, containerd, podman 4 and 5, and of registries. */
  const sentences: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
    ImageNotFound: [
      'manifest for a.example/team/image:1 not found: manifest unknown: manifest unknown',
      'repository a.example/team/image not found: name unknown: The repository with name "team/image" does not exist in the registry',
      'failed to resolve reference "a.example/team/image:1": a.example/team/image:1: not found',
      'initializing source docker://a.example/team/image:1: reading manifest 1 in a.example/team/image: manifest unknown',
      'invalid reference format',
    ],
    RegistryDenied: [
      "pull access denied for team/image, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      'Head "http://a.example/v2/team/image/manifests/1": no basic auth credentials',
      'unauthorized: authentication required',
      'denied: Your authorization token has expired. Reauthenticate and try again.',
      'failed to resolve reference "a.example/team/image:1": pull access denied, repository does not exist or may require authorization: authorization failed',
      'unexpected status from HEAD request to https://a.example/v2/team/image/manifests/1: 403 Forbidden',
      'initializing source docker://a.example/team/image:1: Requesting bearer token: invalid status code from registry 403 (Forbidden)',
    ],
    RegistryUnreachable: [
      'Get "https://a.example/v2/": dial tcp: lookup a.example on 10.0.0.1:53: no such host',
      'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
      'Get "https://a.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      'Get "https://a.example/v2/": net/http: TLS handshake timeout',
      'received unexpected HTTP status: 502 Bad Gateway',
      'Get "https://a.example/v2/": EOF',
      'pinging container registry a.example: Get "https://a.example/v2/": dial tcp 10.0.0.2:443: connect: no route to host',
    ],
    RegistryUntrusted: [
      'Get "https://a.example/v2/": x509: certificate signed by unknown authority',
      'Get "https://a.example/v2/": http: server gave HTTP response to HTTPS client',
      'Get "https://a.example/v2/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
      'Get "https://a.example/v2/": remote error: tls: handshake failure',
    ],
    RegistryLimit: [
      'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
      'failed to copy: httpReadSeeker: failed open: unexpected status code https://a.example/v2/: 429 Too Many Requests',
    ],
    EngineDiskFull: [
      'write /var/lib/docker/tmp/GetImageBlob123: no space left on device',
      'failed to register layer: Error processing tar file(exit status 1): write /blob: no space left on device',
    ],
    WrongPlatform: [
      'no matching manifest for linux/amd64 in the manifest list entries',
      'no match for platform in manifest: not found',
      'choosing an image from manifest list docker://a.example/team/image:1: no image found in image index for architecture amd64, variant "", OS linux',
    ],
    PullFailed: ["layers from manifest don't match image configuration", 'unsupported media type application/vnd.x'],
  };
  const context = { image: 'a.example/team/image:1', platform: 'linux/amd64', hadLogin: false };

  for (const [code, messages] of Object.entries(sentences)) {
    it(`is ${code} when the engine says so in any of its ways`, () => {
      for (const message of messages ?? []) {
        const failure = pullFailure(message, context);
        assert.equal(failure.code, code, message);
        assert.ok(failure.message.includes(context.image));
      }
    });
  }

  it('is not sorted by what the image is called', () => {
    const image = 'a.example/x509:-no-such-host/timeout-denied:1';
    assert.equal(pullFailure(`manifest for ${image} not found: manifest unknown`, { ...context, image }).code, 'ImageNotFound');
    const named = 'a.example/team/denied-timeout:1';
    assert.equal(pullFailure(`manifest for ${named} not found: manifest unknown`, { ...context, image: named }).code, 'ImageNotFound');
  });

  it('for want of a login names the command that logs in, and says when there was one', () => {
    const remedy = (image: string, hadLogin = false): string => pullFailure('unauthorized', { ...context, image, hadLogin }).remedy;
    assert.match(remedy('ghcr.io/team/image:1'), /^Log in and try again: docker login ghcr\.io\n/);
    assert.match(remedy('team/image'), /docker login\n/);
    assert.match(remedy('ghcr.io/team/image:1', true), /expired.*Log in again: docker login ghcr\.io$/);
    const ecr = '000000000000.dkr.ecr.eu-west-1.amazonaws.com';
    const command = `aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin ${ecr}`;
    assert.ok(remedy(`${ecr}/iris:1`).includes(command));
  });

  it('for want of a login says why a helper had none', () => {
    const { message } = pullFailure('unauthorized', { ...context, trouble: 'docker-credential-x is not on PATH' });
    assert.match(message, /unauthorized \(docker-credential-x is not on PATH\)$/);
  });

  it('because there were too many is helped by a login, unless there was one', () => {
    const remedy = (hadLogin: boolean): string => pullFailure('toomanyrequests: x', { ...context, image: 'python', hadLogin }).remedy;
    assert.match(remedy(false), /docker login$/);
    assert.doesNotMatch(remedy(true), /docker login/);
  });
});
