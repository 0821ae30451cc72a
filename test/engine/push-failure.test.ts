import assert from 'node:assert/strict';
import { pushFailure } from '../../src/engine/docker/push-failure.ts';
import { parseReference } from '../../src/engine/reference.ts';

const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/denied-image:1';

function failure(message: string, { address = ecr, login }: { readonly address?: string; readonly login?: string } = {}) {
  const target = parseReference(address);
  assert.ok(!('invalid' in target));
  return pushFailure(message, { address, target, login });
}

describe('a push that failed', () => {
  for (const [what, message, code, blame] of [
    ['without a login', 'no basic auth credentials', 'RegistryDenied', 'host'],
    ['with a login that may not', 'denied: requested access to the resource is denied', 'RegistryDenied', 'host'],
    ['with an old token', 'denied: Your authorization token has expired. Reauthenticate and try again.', 'RegistryDenied', 'host'],
    ['with a wrong password', 'unauthorized: authentication required', 'RegistryDenied', 'host'],
    [
      'where ECR has no such repository',
      "name unknown: The repository with name 'team/denied-image' does not exist in the registry with id '123456789012'",
      'RepositoryMissing',
      'caller',
    ],
    [
      'where the certificate is not known',
      'Get "https://x/v2/": x509: certificate signed by unknown authority',
      'RegistryUntrusted',
      'host',
    ],
    ['to plain HTTP', 'Get "https://x/v2/": http: server gave HTTP response to HTTPS client', 'RegistryUntrusted', 'host'],
    ['where there is nobody', 'Get "https://x/v2/": dial tcp: lookup x: no such host', 'RegistryUnreachable', 'host'],
    ['too often', 'toomanyrequests: Rate exceeded', 'RegistryLimit', 'host'],
    ['on a full disk', 'write /x: no space left on device', 'EngineDiskFull', 'host'],
    ['to a registry that is in trouble', 'received unexpected HTTP status: 500 Internal Server Error', 'PushFailed', 'host'],
    ['for another reason', 'tag invalid: The image tag is immutable', 'PushFailed', 'host'],
  ] as const) {
    it(`${what} is ${code}`, () => assert.deepEqual([failure(message).code, failure(message).blame], [code, blame]));
  }

  it('names the login, and for ECR both ways to get one', () => {
    const { message, remedy } = failure('denied', { login: 'user AWS' });
    assert.match(message, /refuses the login of user AWS/);
    assert.match(remedy, /aws ecr get-login-password --region eu-west-1 \| docker login .*\nOr .* --ecr-login$/);
    const other = failure('denied', { address: 'ghcr.io/me/x:1' });
    assert.match(other.message, /refuses who does not log in/);
    assert.equal(other.remedy, 'Log in: docker login ghcr.io');
  });

  it('says how to make a repository of ECR', () => {
    const { remedy } = failure("name unknown: The repository with name 'team/denied-image' does not exist");
    assert.equal(remedy, 'Create it first: aws ecr create-repository --repository-name team/denied-image --region eu-west-1');
  });

  it('tells plain HTTP from a certificate that is not known', () => {
    const address = 'registry:5000/x:1';
    assert.match(failure('x509: unknown', { address }).remedy, /\/etc\/docker\/certs\.d\/registry:5000\/ca\.crt/);
    assert.match(
      failure('server gave HTTP response to HTTPS client', { address }).remedy,
      /^It speaks plain HTTP.*registry:5000.*insecure-registries/,
    );
  });
});
