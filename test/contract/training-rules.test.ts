import assert from 'node:assert/strict';
import type { Channel, CreateTrainingJobRequest, FileSystemDataSource, S3DataType } from '@aws-sdk/client-sagemaker';
import { brokenTrainingRules, checkTrainingRules } from '../../src/contract/training-rules.ts';
import { isError } from '../../src/errors.ts';

const job = (changes: Partial<CreateTrainingJobRequest> = {}): CreateTrainingJobRequest => ({
  TrainingJobName: 'iris-1',
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  AlgorithmSpecification: { TrainingImage: 'iris:latest', TrainingInputMode: 'File' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
  ...changes,
});
const channel = (changes: Partial<Channel> = {}, S3DataType: S3DataType = 'S3Prefix'): Channel => ({
  ChannelName: 'train',
  DataSource: { S3DataSource: { S3DataType, S3Uri: 's3://bucket/train/' } },
  ...changes,
});
const fileSystem: FileSystemDataSource = {
  FileSystemId: 'fs-0123456789abcdef0',
  FileSystemAccessMode: 'ro',
  FileSystemType: 'EFS',
  DirectoryPath: '/data',
};
const VpcConfig = { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] };
const messages = (changes: Partial<CreateTrainingJobRequest>): readonly string[] =>
  brokenTrainingRules(job(changes)).map(({ message }) => message);
const breaks = (changes: Partial<CreateTrainingJobRequest>, message: string): void => assert.deepEqual(messages(changes), [message]);
const keeps = (changes: Partial<CreateTrainingJobRequest>): void => assert.deepEqual(messages(changes), []);

describe('checkTrainingRules', () => {
  it('lets an ordinary job through', () => {
    keeps({});
    keeps({ InputDataConfig: [channel(), channel({ ChannelName: 'test' })] });
    checkTrainingRules(job());
  });

  it('refuses with every message and every remedy', () => {
    const StoppingCondition = { MaxWaitTimeInSeconds: 60 };
    assert.throws(
      () => checkTrainingRules(job({ StoppingCondition, InputDataConfig: [channel(), channel()] })),
      (error: unknown) =>
        isError(error, 'InvalidRequest') &&
        error.message ===
          'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true\nChannel names must be unique: train is there twice.' &&
        error.remedy ===
          'Remove StoppingCondition.MaxWaitTimeInSeconds, or set EnableManagedSpotTraining to true. Rename one of the channels train.',
    );
  });

  it('takes null for absent', () => {
    const AlgorithmSpecification = { TrainingImage: 'i', AlgorithmName: null, TrainingInputMode: 'File' };
    checkTrainingRules(job({ AlgorithmSpecification } as unknown as Partial<CreateTrainingJobRequest>));
  });

  describe('the algorithm', () => {
    const message = 'AlgorithmSpecification must have exactly one of TrainingImage and AlgorithmName.';

    it('is an image or a named algorithm, and one of them', () => {
      breaks({ AlgorithmSpecification: { TrainingInputMode: 'File' } }, message);
      breaks({ AlgorithmSpecification: { TrainingImage: 'i', AlgorithmName: 'a', TrainingInputMode: 'File' } }, message);
      keeps({ AlgorithmSpecification: { AlgorithmName: 'a', TrainingInputMode: 'File' } });
    });

    it('is not needed by a serverless job', () => {
      const request = job({ ServerlessJobConfig: { BaseModelArn: 'arn', JobType: 'FineTuning' } });
      const { AlgorithmSpecification: _a, ResourceConfig: _r, ...serverless } = request;
      assert.deepEqual(brokenTrainingRules(serverless), []);
    });

    it('comes from a private registry only through a VPC', () => {
      const AlgorithmSpecification = {
        TrainingImage: 'i',
        TrainingInputMode: 'File',
        TrainingImageConfig: { TrainingRepositoryAccessMode: 'Vpc' },
      } as const;
      breaks({ AlgorithmSpecification }, 'TrainingRepositoryAccessMode Vpc requires VpcConfig.');
      keeps({ AlgorithmSpecification, VpcConfig });
    });
  });

  describe('the instances', () => {
    const group = { InstanceGroupName: 'cpu', InstanceType: 'ml.m5.large', InstanceCount: 1 } as const;

    it('are of one type or in groups, not both', () => {
      const message = 'InstanceType or InstanceCount cannot be specified with InstanceGroups';
      breaks({ ResourceConfig: { InstanceGroups: [group], InstanceType: 'ml.m5.large' } }, message);
      breaks({ ResourceConfig: { InstanceGroups: [group], InstanceCount: 1 } }, message);
      keeps({ ResourceConfig: { InstanceGroups: [group] } });
      keeps({ ResourceConfig: { InstanceGroups: [], InstanceType: 'ml.m5.large', InstanceCount: 1 } });
    });

    it('have a type and a count', () => {
      const message = 'ResourceConfig must have InstanceType and InstanceCount, or InstanceGroups.';
      breaks({ ResourceConfig: {} }, message);
      breaks({ ResourceConfig: { InstanceType: 'ml.m5.large' } }, message);
      assert.equal(
        brokenTrainingRules(job({ ResourceConfig: { InstanceType: 'ml.m5.large' } }))[0]?.remedy,
        'Add ResourceConfig.InstanceCount.',
      );
    });

    it('have groups with different names', () => {
      breaks({ ResourceConfig: { InstanceGroups: [group, group] } }, 'Instance group names must be unique: cpu is there twice.');
    });

    it('are kept warm neither with groups nor with spot', () => {
      const warm = { InstanceType: 'ml.m5.large', InstanceCount: 1, KeepAlivePeriodInSeconds: 60 } as const;
      keeps({ ResourceConfig: warm });
      breaks(
        { ResourceConfig: { InstanceGroups: [group], KeepAlivePeriodInSeconds: 60 } },
        'KeepAlivePeriodInSeconds cannot be specified with InstanceGroups.',
      );
      breaks(
        { ResourceConfig: warm, EnableManagedSpotTraining: true, StoppingCondition: { MaxWaitTimeInSeconds: 86_400 } },
        'KeepAlivePeriodInSeconds cannot be specified with EnableManagedSpotTraining.',
      );
    });
  });

  describe('the waiting time', () => {
    const tooShort =
      'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds when EnableManagedSpotTraining is set to true';

    it('is for spot only', () => {
      const message = 'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true';
      breaks({ StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 } }, message);
      breaks({ EnableManagedSpotTraining: false, StoppingCondition: { MaxWaitTimeInSeconds: 60 } }, message);
    });

    it('is there with spot, and not shorter than the running time', () => {
      breaks({ EnableManagedSpotTraining: true }, tooShort);
      breaks({ EnableManagedSpotTraining: true, StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 59 } }, tooShort);
      keeps({ EnableManagedSpotTraining: true, StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 } });
    });

    it('is measured against one day when no running time is given', () => {
      breaks({ EnableManagedSpotTraining: true, StoppingCondition: { MaxWaitTimeInSeconds: 86_399 } }, tooShort);
      keeps({ EnableManagedSpotTraining: true, StoppingCondition: { MaxWaitTimeInSeconds: 86_400 } });
    });
  });

  describe('a channel', () => {
    const withChannel = (changes: Partial<Channel>, dataType?: S3DataType) => ({ InputDataConfig: [channel(changes, dataType)] });

    it('has a name of its own', () => {
      breaks({ InputDataConfig: [channel(), channel(), channel()] }, 'Channel names must be unique: train is there twice.');
    });

    it('leaves the names of manifests and pipes to the other channels', () => {
      const named = (ChannelName: string, InputMode?: 'File' | 'Pipe' | 'FastFile') =>
        channel({ ChannelName, ...(InputMode && { InputMode }) });
      const manifest = 'The manifest of channel train has the name of channel train-manifest.';
      breaks({ InputDataConfig: [named('train'), named('train-manifest')] }, manifest);
      breaks({ InputDataConfig: [named('train-manifest', 'Pipe'), named('train', 'File')] }, manifest);
      breaks(
        { InputDataConfig: [named('train', 'Pipe'), named('train_0'), named('train_x')] },
        'A pipe of channel train has the name of channel train_0.',
      );
      keeps({ InputDataConfig: [named('train', 'Pipe'), named('train-manifest')] });
      keeps({ InputDataConfig: [named('train', 'FastFile'), named('train-manifest'), named('train_0')] });
    });

    it('names the attributes to stream of an augmented manifest', () => {
      breaks(
        withChannel({ InputMode: 'Pipe' }, 'AugmentedManifestFile'),
        'Channel train has the S3 data type AugmentedManifestFile and no AttributeNames.',
      );
    });

    it('has one data source', () => {
      const message = 'The data source of channel train must be exactly one of S3DataSource, FileSystemDataSource and DatasetSource.';
      breaks(withChannel({ DataSource: {} }), message);
      const S3DataSource = { S3DataType: 'S3Prefix', S3Uri: 's3://b/p' } as const;
      breaks({ ...withChannel({ DataSource: { S3DataSource, FileSystemDataSource: fileSystem } }), VpcConfig }, message);
    });

    it('is compressed only in Pipe mode', () => {
      // The published message: sagemaker-python-sdk issue 716.
      breaks(
        withChannel({ CompressionType: 'Gzip' }),
        'Invalid compression type for channel train: File mode only supports NONE, got Gzip instead',
      );
      breaks(
        withChannel({ CompressionType: 'Gzip', InputMode: 'FastFile' }),
        'Invalid compression type for channel train: FastFile mode only supports NONE, got Gzip instead',
      );
      keeps(withChannel({ CompressionType: 'Gzip', InputMode: 'Pipe' }));
      keeps(withChannel({ CompressionType: 'None' }));
    });

    it('is wrapped in records only in Pipe mode', () => {
      breaks(
        withChannel({ RecordWrapperType: 'RecordIO' }),
        'Invalid record wrapper type for channel train: File mode only supports NONE, got RecordIO instead',
      );
      keeps(withChannel({ RecordWrapperType: 'RecordIO', InputMode: 'Pipe' }));
      keeps(withChannel({ RecordWrapperType: 'None' }));
    });

    it("takes the job's mode when it has none", () => {
      const AlgorithmSpecification = { TrainingImage: 'i', TrainingInputMode: 'Pipe' } as const;
      keeps({ AlgorithmSpecification, ...withChannel({ CompressionType: 'Gzip' }) });
      assert.equal(messages({ AlgorithmSpecification, ...withChannel({ CompressionType: 'Gzip', InputMode: 'File' }) }).length, 1);
    });

    it('has an augmented manifest only in Pipe mode', () => {
      const DataSource = {
        S3DataSource: { S3DataType: 'AugmentedManifestFile' as const, S3Uri: 's3://bucket/train/', AttributeNames: ['image-ref'] },
      };
      for (const InputMode of ['File', 'FastFile'] as const) {
        breaks(
          withChannel({ InputMode, DataSource }),
          `Invalid S3 data type for channel train: AugmentedManifestFile is only supported in Pipe mode, got ${InputMode} instead`,
        );
      }
      keeps(withChannel({ InputMode: 'Pipe', DataSource }));
    });

    it('has a manifest in every mode but FastFile', () => {
      breaks(
        withChannel({ InputMode: 'FastFile' }, 'ManifestFile'),
        'Invalid S3 data type for channel train: FastFile mode only supports S3Prefix, got ManifestFile instead',
      );
      keeps(withChannel({ InputMode: 'File' }, 'ManifestFile'));
      keeps(withChannel({ InputMode: 'Pipe' }, 'ManifestFile'));
      keeps(withChannel({ InputMode: 'FastFile' }));
    });

    it('is a file system only in File mode and with a VPC', () => {
      const DataSource = { FileSystemDataSource: fileSystem };
      keeps({ ...withChannel({ DataSource }), VpcConfig });
      breaks(withChannel({ DataSource }), 'The file system of channel train requires VpcConfig.');
      breaks(
        { ...withChannel({ DataSource, InputMode: 'Pipe' }), VpcConfig },
        'Invalid input mode for channel train: a file system is only supported in File mode, got Pipe instead',
      );
    });

    it('names only instance groups that exist', () => {
      const DataSource = { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/p', InstanceGroupNames: ['gpu'] } } as const;
      const InputDataConfig = [channel({ DataSource: { S3DataSource: { ...DataSource.S3DataSource, InstanceGroupNames: ['gpu'] } } })];
      breaks({ InputDataConfig }, 'Channel train names the instance group gpu, which does not exist.');
      const InstanceGroups = [{ InstanceGroupName: 'gpu', InstanceType: 'ml.g5.xlarge' as const, InstanceCount: 1 }];
      keeps({ InputDataConfig, ResourceConfig: { InstanceGroups } });
    });
  });
});
