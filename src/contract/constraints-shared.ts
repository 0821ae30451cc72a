import { list, pattern, type Rule, text, whole } from './rules.ts';

/**
 * Rules that several operations share. Every number and pattern: the member's page in the SageMaker API Reference ("Length
 * Constraints", "Pattern", "Valid Range"), which says the same as the service model `sagemaker` 2017-07-24. Patterns are printed
 * as there; service errors of 2026 print them so, errors before 2024 with a `^` in front.
 */
export type RuleTable = Readonly<Record<string, Readonly<Record<string, Rule>>>>;

const nameText = '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}';
const nameWords = 'hold only letters, digits and hyphens, and begin and end with a letter or digit';
const s3Words = 'be s3://bucket/prefix, or for sm-local a file:// address or an absolute path';

export const namePattern = pattern(nameText, nameWords);

/** Of jobs: at least one character. Endpoints, their configurations, variants and models: the model says 0, the pattern 1. */
export const jobName = text(1, 63, namePattern);
export const resourceName = text(0, 63, namePattern);
export const modelName = text(0, 63, pattern('[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?', nameWords));

export const oneLine = pattern('.*', 'be one line');
export const someLine = pattern('.+', 'be one line and not empty');
export const anything = pattern('[\\S\\s]*', 'be text');
export const identifier = pattern('[a-zA-Z_][a-zA-Z0-9_]*', 'hold only letters, digits and _, and not begin with a digit');
export const channelName = text(1, 64, pattern('[A-Za-z0-9\\.\\-_]+', 'hold only letters, digits, dots, hyphens and _'));

export const roleArn = text(
  20,
  2048,
  pattern('arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+', 'look like arn:aws:iam::123456789012:role/my-role'),
);
export const kmsKeyId = text(0, 2048, pattern('[a-zA-Z0-9:/_-]*', 'be the id or the ARN of a KMS key'));

export const s3Uri: Rule = { ...text(0, 1024, pattern('(https|s3)://([^/]+)/?(.*)', s3Words)), isLocation: true };
/** The model's pattern has no `+` after the bucket's first character; it is printed as it is. */
export const destinationS3Uri: Rule = { ...text(0, 512, pattern('(https|s3)://([^/])/?(.*)', s3Words)), isLocation: true };

const awsId = text(0, 32, pattern('[-0-9a-zA-Z]+', 'hold only letters, digits and hyphens'));
const tagText = pattern('([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)', 'hold only letters, digits, spaces and _ . : / = + - @');
const resourceArn = text(
  0,
  256,
  pattern('arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+', 'look like arn:aws:sagemaker:us-east-1:123456789012:model/my-model'),
);

export const tags = list(0, 50);
const nextToken = text(0, 8192, oneLine);
/** What every List operation takes. */
export const page = { NextToken: nextToken, MaxResults: whole(1, 100), NameContains: text(0, 63, pattern('[a-zA-Z0-9-]+', nameWords)) };

export const sharedRules: RuleTable = {
  Tag: { Key: text(1, 128, tagText), Value: text(0, 256, tagText) },
  AddTagsInput: { ResourceArn: resourceArn, Tags: tags },
  ListTagsInput: { ResourceArn: resourceArn, NextToken: nextToken, MaxResults: whole(50) },
  DeleteTagsInput: { ResourceArn: resourceArn, TagKeys: list(1, 50, text(1, 128, tagText)) },
  VpcConfig: { SecurityGroupIds: list(1, 5, awsId), Subnets: list(1, 16, awsId) },
  HubAccessConfig: { HubContentArn: text(0, 255, oneLine) },
};
