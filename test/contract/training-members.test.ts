import assert from 'node:assert/strict';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { structures } from '../../src/contract/aws-shapes.ts';
import type { MemberSupport } from '../../src/contract/member-support.ts';
import { membersWithoutEffect, refusedMembers, trainingMembers } from '../../src/contract/training-members.ts';

const request = (changes: Partial<CreateTrainingJobRequest> = {}): CreateTrainingJobRequest => ({
  TrainingJobName: 'iris-1',
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  AlgorithmSpecification: { TrainingImage: 'iris:latest', TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
  ...changes,
});
const listed = ({ emulated = [], stored = [], refused = {} }: MemberSupport = {}): readonly string[] => [
  ...emulated,
  ...stored,
  ...Object.keys(refused),
];

describe('the members of CreateTrainingJob', () => {
  it('are all listed once, down to what is stored or refused as a whole', () => {
    const seen = new Set<string>();
    const walk = (structure: string): void => {
      if (seen.has(structure)) return;
      seen.add(structure);
      const support = trainingMembers[structure];
      assert.deepEqual([...listed(support)].sort(), Object.keys(structures[structure] ?? {}).sort(), structure);
      for (const member of support?.emulated ?? []) {
        const type = structures[structure]?.[member]?.replace(/(\[\]|\{\})?!?$/, '') ?? '';
        if (type in structures) walk(type);
      }
    };
    walk('CreateTrainingJobRequest');
    assert.deepEqual([...seen].sort(), Object.keys(trainingMembers).sort());
  });

  it('that have no effect are named as the caller wrote them', () => {
    assert.deepEqual(membersWithoutEffect(request()), []);
    assert.deepEqual(
      membersWithoutEffect(
        request({
          Tags: [{ Key: 'team', Value: 'a' }],
          OutputDataConfig: { S3OutputPath: 's3://bucket/output', KmsKeyId: 'key' },
          VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] },
          InputDataConfig: [
            { ChannelName: 'a', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/p/' } } },
            {
              ChannelName: 'b',
              DataSource: {
                S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/p/', ModelAccessConfig: { AcceptEula: true } },
              },
            },
          ],
        }),
      ),
      ['OutputDataConfig.KmsKeyId', 'Tags', 'VpcConfig', 'InputDataConfig[1].DataSource.S3DataSource.ModelAccessConfig'],
    );
  });

  it('that ask for nothing are not named', () => {
    assert.deepEqual(
      membersWithoutEffect(
        request({
          Tags: [],
          EnableInterContainerTrafficEncryption: false,
          RemoteDebugConfig: { EnableRemoteDebug: false },
          InfraCheckConfig: {},
        }),
      ),
      [],
    );
  });

  it('that cannot be honoured are refused with what to do instead', () => {
    const AlgorithmSpecification = { AlgorithmName: 'mine', TrainingInputMode: 'File' } as const;
    const DataSource = { DatasetSource: { DatasetArn: 'arn' } };
    assert.deepEqual(refusedMembers(request()), []);
    assert.deepEqual(refusedMembers(request({ AlgorithmSpecification, InputDataConfig: [{ ChannelName: 'a', DataSource }] })), [
      {
        message: 'AlgorithmSpecification.AlgorithmName is not emulated by this version of sm-local.',
        remedy: 'Name the image itself with AlgorithmSpecification.TrainingImage.',
      },
      {
        message: 'InputDataConfig[0].DataSource.DatasetSource is not emulated by this version of sm-local.',
        remedy: 'Copy the data set to a directory and name that as S3DataSource.',
      },
    ]);
  });
});
