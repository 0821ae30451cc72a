import { listOf, string } from '../../contract/members.ts';
import { pattern, text } from '../../contract/rules.ts';
import { checkMembers } from '../check-members.ts';
import { type JsonOperation, jsonService } from '../json-service.ts';
import type { Service } from '../service.ts';
import { ecrOperations } from './known-operations.ts';

export interface EcrOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/**
 * Amazon ECR, for flows that log in before they name an image. Images are those of the engine, so that there is nothing to log in to, and no
 * registry takes the token. Source: API Reference, GetAuthorizationToken; contract s3-and-logs §7.
 */
export function ecrService({ now = Date.now, onFailure }: EcrOptions = {}): Service {
  return jsonService({
    title: 'Amazon ECR',
    target: 'AmazonEC2ContainerRegistry_V20150921',
    version: '1.1',
    known: ecrOperations,
    ...(onFailure && { onFailure }),
    operations: {
      GetAuthorizationToken: async (request: { readonly registryIds?: readonly string[] }, { account, region }) => {
        checkMembers({ registryIds: listOf(registryId, text(1, 10)) }, request, 'InvalidParameter');
        return {
          authorizationData: (request.registryIds ?? [account]).map((registry) => ({
            authorizationToken: Buffer.from('AWS:sm-local').toString('base64'),
            expiresAt: new Date(now() + validity),
            proxyEndpoint: `https://${registry}.dkr.ecr.${region}.amazonaws.com`,
          })),
        };
      },
    } satisfies Readonly<Record<(typeof ecrServed)[number], JsonOperation>>,
  });
}

const registryId = string(text(12, 12, pattern('[0-9]{12}', 'have twelve digits')));

/** Milliseconds: "The authorization token is valid for 12 hours". */
const validity = 12 * 60 * 60 * 1000;

/** What is served of it. */
export const ecrServed = ['GetAuthorizationToken'] as const;
