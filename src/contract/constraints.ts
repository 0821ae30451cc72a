import { hostingRules } from './constraints-hosting.ts';
import { type RuleTable, sharedRules } from './constraints-shared.ts';
import { trainingRules } from './constraints-training.ts';
import type { Rule } from './rules.ts';

/** What the SDK does not know about requests: structure -> member -> rule. Sources stand in the three tables. */
export const constraints: RuleTable = { ...sharedRules, ...trainingRules, ...hostingRules };

export function ruleOf(structure: string, member: string): Rule {
  const members = Object.hasOwn(constraints, structure) ? constraints[structure] : undefined;
  return (members && Object.hasOwn(members, member) ? members[member] : undefined) ?? {};
}

/**
 * Members that the model no longer requires, and that a job with containers cannot do without. Models before 2024 required them;
 * today's leave them out for serverless jobs (`ServerlessJobConfig`), which have no container. `StoppingCondition`, which the same
 * models required, has a default of one day and stays optional.
 */
export function alsoRequired(structure: string, value: object): readonly string[] {
  if (structure !== 'CreateTrainingJobRequest' || ('ServerlessJobConfig' in value && value.ServerlessJobConfig)) return [];
  return ['AlgorithmSpecification', 'ResourceConfig'];
}
