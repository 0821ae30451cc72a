import { type Members, required, string } from '../../contract/members.ts';
import { type RoleName, roleArn, roleId } from '../../contract/roles.ts';
import { pattern, text } from '../../contract/rules.ts';
import { checkMembers } from '../check-members.ts';
import type { JsonOperation } from '../json-service.ts';
import { queryService } from '../query-service.ts';
import type { Caller, Service } from '../service.ts';
import { iamOperations } from './known-operations.ts';

export interface IamOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Told once of each operation that is accepted and has no effect. */
  readonly onWarning?: (message: string) => void;
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/**
 * AWS IAM, as much as the usual flows need: every role is there, in the caller's account, and may do everything. What would make or change one is
 * accepted and not kept. Source: API Reference of IAM; contract s3-and-logs §7.
 */
export function iamService({ now = Date.now, onWarning = () => {}, onFailure }: IamOptions = {}): Service {
  const created = new Date(now());
  const warned = new Set<string>();
  const idle = (operation: string): void => {
    if (!warned.has(operation)) onWarning(`Accepted, without effect here: IAM ${operation}. Every role is there and may do everything.`);
    warned.add(operation);
  };
  return queryService({
    title: 'AWS IAM',
    version: '2010-05-08',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    known: iamOperations,
    ...(onFailure && { onFailure }),
    operations: {
      GetRole: async (request: RoleRequest, caller) => {
        check({ RoleName: roleName }, request);
        return { Role: describe(request, caller, created) };
      },
      CreateRole: async (request: RoleRequest & { readonly AssumeRolePolicyDocument: string }, caller) => {
        check({ RoleName: roleName, Path: path, AssumeRolePolicyDocument: document, Description: string(text(0, 1000)) }, request);
        idle('CreateRole');
        return { Role: describe(request, caller, new Date(now())) };
      },
      AttachRolePolicy: async (request: object) => {
        check({ RoleName: roleName, PolicyArn: required(string(text(20, 2048))) }, request);
        idle('AttachRolePolicy');
        return undefined;
      },
      PutRolePolicy: async (request: object) => {
        check({ RoleName: roleName, PolicyName: required(string(text(1, 128, words))), PolicyDocument: document }, request);
        idle('PutRolePolicy');
        return undefined;
      },
      ListAttachedRolePolicies: async (request: object) => {
        check({ RoleName: roleName }, request);
        return { AttachedPolicies: [], IsTruncated: false };
      },
    } satisfies Readonly<Record<(typeof iamServed)[number], JsonOperation>>,
  });
}

interface RoleRequest {
  readonly RoleName: string;
  readonly Path?: string;
  readonly Description?: string;
  readonly AssumeRolePolicyDocument?: string;
}

const words = pattern('[\\w+=,.@-]+', 'hold only letters, digits and _+=,.@-');
const roleName = required(string(text(1, 64, words)));
const path = string(text(1, 512, pattern('(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)', 'begin and end with a slash')));
const document = required(string(text(1, 131_072)));

const check = (members: Members, request: object): void => checkMembers(members, request, 'QueryInvalid');

function describe({ RoleName, Path = '/', Description, AssumeRolePolicyDocument = trust }: RoleRequest, caller: Caller, created: Date) {
  const role: RoleName = { account: caller.account, path: Path, name: RoleName };
  return {
    Path,
    RoleName,
    RoleId: roleId(roleArn(role)),
    Arn: roleArn(role),
    CreateDate: created,
    AssumeRolePolicyDocument: encodeURIComponent(AssumeRolePolicyDocument),
    ...(Description !== undefined && { Description }),
    MaxSessionDuration: 3600,
  };
}

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** What is served of it. */
export const iamServed = ['AttachRolePolicy', 'CreateRole', 'GetRole', 'ListAttachedRolePolicies', 'PutRolePolicy'] as const;
