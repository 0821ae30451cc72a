import assert from 'node:assert/strict';
import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as sts from '@aws-sdk/client-sts';
import { ecrOperations } from '../../src/api/ecr/known-operations.ts';
import { ecrService } from '../../src/api/ecr/service.ts';
import { iamOperations } from '../../src/api/iam/known-operations.ts';
import { iamService } from '../../src/api/iam/service.ts';
import { type StsOptions, stsOperations, stsService } from '../../src/api/sts/service.ts';
import { accountOfKey } from '../../src/contract/access-keys.ts';
import { Scope } from '../../src/scope.ts';
import { clientConfig } from '../support/aws-client.ts';
import { serviceServer } from '../support/service-server.ts';

describe('who somebody is', () => {
  let scope: Scope;
  beforeEach(() => {
    scope = new Scope();
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const operationsOf = (sdk: object): string[] =>
    Object.keys(sdk)
      .flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? [])
      .sort();

  describe('as STS says', () => {
    const start = async (options: StsOptions = {}) => {
      const { url } = scope.use(await serviceServer(stsService(options)));
      return (accessKeyId?: string) => {
        const client = new sts.STSClient(clientConfig(url, accessKeyId));
        scope.defer(() => client.destroy());
        return client;
      };
    };

    it('is a session of a role in the account of the key', async () => {
      const client = await start();
      const { Arn, Account, UserId } = await client().send(new sts.GetCallerIdentityCommand({}));
      assert.deepEqual([Arn, Account], ['arn:aws:sts::000000000000:assumed-role/sm-local/sm-local', '000000000000']);
      assert.match(UserId ?? '', /^AROA[A-Z2-7]{17}:sm-local$/);
      const other = await client('111122223333').send(new sts.GetCallerIdentityCommand({}));
      assert.equal(other.Arn, 'arn:aws:sts::111122223333:assumed-role/sm-local/sm-local');
    });

    it('is the role that was assumed, in its account', async () => {
      const now = 1_800_000_000_000;
      const client = await start({ now: () => now });
      const request = { RoleArn: 'arn:aws:iam::444455556666:role/service-role/My-Role', RoleSessionName: 'me@x' };
      const { Credentials, AssumedRoleUser } = await client().send(new sts.AssumeRoleCommand(request));
      assert.equal(AssumedRoleUser?.Arn, 'arn:aws:sts::444455556666:assumed-role/My-Role/me@x');
      assert.deepEqual(Credentials?.Expiration, new Date(now + 3_600_000));
      assert.equal(Credentials?.SecretAccessKey?.length, 40);
      assert.equal(accountOfKey(Credentials?.AccessKeyId ?? ''), '444455556666');
      const who = await client(Credentials?.AccessKeyId).send(new sts.GetCallerIdentityCommand({}));
      assert.deepEqual([who.Arn, who.UserId, who.Account], [AssumedRoleUser?.Arn, AssumedRoleUser?.AssumedRoleId, '444455556666']);
    });

    it('stays the same with a session token', async () => {
      const client = await start();
      const { Credentials } = await client('111122223333').send(new sts.GetSessionTokenCommand({ DurationSeconds: 900 }));
      const { Account } = await client(Credentials?.AccessKeyId).send(new sts.GetCallerIdentityCommand({}));
      assert.equal(Account, '111122223333');
      const info = await client().send(new sts.GetAccessKeyInfoCommand({ AccessKeyId: Credentials?.AccessKeyId ?? '' }));
      assert.equal(info.Account, '111122223333');
    });

    it('is the role of the job or endpoint that the keys were given to', async () => {
      const session = { role: { account: '123456789012', path: '/', name: 'job-role' }, session: 'SageMaker' };
      const client = await start({ sessionOf: async (key) => (key === 'ASIAJOB' ? session : undefined) });
      const { Arn } = await client('ASIAJOB').send(new sts.GetCallerIdentityCommand({}));
      assert.equal(Arn, 'arn:aws:sts::123456789012:assumed-role/job-role/SageMaker');
    });

    it('is refused for what is no role', async () => {
      const client = await start();
      const request = { RoleArn: 'arn:aws:iam::444455556666:user/somebody', RoleSessionName: 'x', DurationSeconds: 5 };
      await assert.rejects(client().send(new sts.AssumeRoleCommand(request)), {
        name: 'ValidationError',
        message:
          "2 validation errors detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2; " +
          "Value '5' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
      });
      await assert.rejects(client().send(new sts.AssumeRoleCommand({ RoleArn: request.RoleArn, RoleSessionName: 'me' })), {
        name: 'ValidationError',
        message: 'arn:aws:iam::444455556666:user/somebody is invalid',
      });
      await assert.rejects(client().send(new sts.GetFederationTokenCommand({ Name: 'x' })), { name: 'NotImplemented' });
    });

    it('has the operations of its SDK', () => assert.deepEqual([...stsOperations].sort(), operationsOf(sts)));
  });

  describe('as IAM says', () => {
    const warnings: string[] = [];
    const start = async () => {
      const { url } = scope.use(
        await serviceServer(iamService({ now: () => 1_800_000_000_000, onWarning: (message) => warnings.push(message) })),
      );
      const client = new iam.IAMClient(clientConfig(url, '111122223333'));
      scope.defer(() => client.destroy());
      return client;
    };

    it('is every role that is asked for', async () => {
      const client = await start();
      const { Role } = await client.send(new iam.GetRoleCommand({ RoleName: 'Any' }));
      assert.deepEqual([Role?.Arn, Role?.Path, Role?.CreateDate], ['arn:aws:iam::111122223333:role/Any', '/', new Date(1_800_000_000_000)]);
      assert.match(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), /"Service":"sagemaker.amazonaws.com"/);
    });

    it('may be made and changed, and nothing comes of it, which is said once', async () => {
      const client = await start();
      warnings.length = 0;
      const { Role } = await client.send(new iam.CreateRoleCommand({ RoleName: 'R', Path: '/p/', AssumeRolePolicyDocument: '{"a": 1}' }));
      assert.deepEqual(
        [Role?.Arn, decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')],
        ['arn:aws:iam::111122223333:role/p/R', '{"a": 1}'],
      );
      const policy = { RoleName: 'R', PolicyArn: 'arn:aws:iam::aws:policy/AmazonSageMakerFullAccess' };
      for (let count = 0; count < 2; count += 1) await client.send(new iam.AttachRolePolicyCommand(policy));
      await client.send(new iam.PutRolePolicyCommand({ RoleName: 'R', PolicyName: 'p', PolicyDocument: '{}' }));
      const { AttachedPolicies } = await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: 'R' }));
      assert.deepEqual(AttachedPolicies, []);
      assert.deepEqual(
        warnings.map((text) => /IAM (\w+)/.exec(text)?.[1]),
        ['CreateRole', 'AttachRolePolicy', 'PutRolePolicy'],
      );
    });

    it('is refused for names that AWS does not take, and for what is not served', async () => {
      const client = await start();
      await assert.rejects(client.send(new iam.GetRoleCommand({ RoleName: 'a b' })), { name: 'ValidationError' });
      await assert.rejects(client.send(new iam.CreateUserCommand({ UserName: 'x' })), {
        name: 'NotImplemented',
        message: /AWS IAM's CreateUser is not served/,
      });
    });

    it('has the operations of its SDK', () => assert.deepEqual([...iamOperations].sort(), operationsOf(iam)));
  });

  describe('for ECR', () => {
    it('has a token for the registry of the account, or of those that are named', async () => {
      const now = 1_800_000_000_000;
      const { url } = scope.use(await serviceServer(ecrService({ now: () => now })));
      const client = new ecr.ECRClient(clientConfig(url, '111122223333', 'eu-west-1'));
      scope.defer(() => client.destroy());
      const { authorizationData = [] } = await client.send(new ecr.GetAuthorizationTokenCommand({}));
      const [data] = authorizationData;
      assert.deepEqual(
        [data?.proxyEndpoint, data?.expiresAt],
        ['https://111122223333.dkr.ecr.eu-west-1.amazonaws.com', new Date(now + 12 * 3_600_000)],
      );
      assert.match(Buffer.from(data?.authorizationToken ?? '', 'base64').toString(), /^AWS:./);
      const named = await client.send(new ecr.GetAuthorizationTokenCommand({ registryIds: ['763104351884', '123456789012'] }));
      assert.equal(named.authorizationData?.length, 2);
      await assert.rejects(client.send(new ecr.GetAuthorizationTokenCommand({ registryIds: ['x'] })), {
        name: 'InvalidParameterException',
      });
      await assert.rejects(client.send(new ecr.DescribeRepositoriesCommand({})), {
        name: 'NotImplementedException',
        message: /Amazon ECR's DescribeRepositories is not served/,
      });
    });

    it('has the operations of its SDK', () => assert.deepEqual([...ecrOperations].sort(), operationsOf(ecr)));
  });
});
