import assert from 'node:assert/strict';
import {
  type CredentialsReader,
  credentialsAnswer,
  credentialsError,
  credentialsVariables,
  metadataAnswer,
  readCredentialsPath,
} from '../../src/contract/container-credentials.ts';

const id = '058f3674-e697-4dc9-ab8a-7713b4d99598';
const metadataId = '97811c76-fdf7-4fa9-a600-ea9e888ad0e5';
const keys = { AccessKeyId: 'ASIAX', SecretAccessKey: 'secret', Token: 'token' };
const network = { source: 'network', id, metadataId } as const;
const environment = { source: 'environment', keys } as const;

describe('the variables that lead a container to credentials', () => {
  const training: CredentialsReader = { kind: 'training-job', isolated: false, environment: {} };
  const serving: CredentialsReader = { ...training, kind: 'endpoint' };

  it('are those of real training jobs: the path of the credentials, and both addresses of the metadata', () =>
    assert.deepEqual(credentialsVariables(network, training), {
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${id}`,
      ECS_CONTAINER_METADATA_URI: `http://169.254.170.2/v3/${metadataId}`,
      ECS_CONTAINER_METADATA_URI_V4: `http://169.254.170.2/v4/${metadataId}`,
    }));

  it('name to a serving container the credentials alone', () =>
    assert.deepEqual(credentialsVariables(network, serving), { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${id}` }));

  it('are the keys themselves, and no address, where there is no network for them', () => {
    const expected = { AWS_ACCESS_KEY_ID: 'ASIAX', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
    for (const reader of [training, serving]) assert.deepEqual(credentialsVariables(environment, reader), expected);
  });

  it('do not mix with keys of the user', () => {
    const own = { ...training, environment: { AWS_ACCESS_KEY_ID: 'AKIAMINE', AWS_SECRET_ACCESS_KEY: 'mine' } };
    assert.deepEqual(credentialsVariables(environment, own), {});
  });

  it('are none for a container without a way out, and where there are no credentials', () => {
    for (const place of [network, environment]) assert.deepEqual(credentialsVariables(place, { ...training, isolated: true }), {});
    assert.deepEqual(credentialsVariables({ source: 'none' }, training), {});
  });
});

describe('what a container asks for and is answered', () => {
  it('is told by the path alone', () => {
    assert.deepEqual(readCredentialsPath(`/v2/credentials/${id}`), { about: 'credentials', id });
    assert.deepEqual(readCredentialsPath(`/v3/${id}`), { about: 'container', id });
    assert.deepEqual(readCredentialsPath(`/v4/${id}/task`), { about: 'task', id });
    for (const path of ['/', '/v2/credentials', '/v2/credentials/', `/v2/credentials/${id}/task`, `/v4/${id}/stats`, '/v3/../../etc'])
      assert.equal(readCredentialsPath(path), undefined, path);
  });

  it('has the members of ECS in their order, and a time without milliseconds', () =>
    assert.equal(
      JSON.stringify(credentialsAnswer('arn:aws:iam::000000000000:role/sm-local', keys, new Date('2026-01-31T12:00:00.123Z'))),
      '{"RoleArn":"arn:aws:iam::000000000000:role/sm-local","AccessKeyId":"ASIAX","SecretAccessKey":"secret","Token":"token","Expiration":"2026-01-31T12:00:00Z"}',
    ));

  it('says of a container, and of the task that it belongs to, what is true', () => {
    const metadata = { Name: 'job', Image: 'image:1', ImageID: 'sha256:1' };
    const container = { ...metadata, DesiredStatus: 'RUNNING', KnownStatus: 'RUNNING', Type: 'NORMAL' };
    assert.deepEqual(metadataAnswer('container', metadata), container);
    assert.deepEqual(metadataAnswer('task', metadata), { DesiredStatus: 'RUNNING', KnownStatus: 'RUNNING', Containers: [container] });
  });

  it('is an error in the form of the ECS agent', () =>
    assert.deepEqual(credentialsError(404, 'InvalidIdInRequest', 'text'), {
      code: 'InvalidIdInRequest',
      message: 'text',
      HTTPErrorCode: 404,
    }));
});
