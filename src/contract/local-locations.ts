import { inputs, type Operation, structures } from './aws-shapes.ts';
import { ruleOf } from './constraints.ts';
import { isLocalLocation } from './rules.ts';

/** The members of a request that name a place on this machine where the cloud has an S3 address, as the caller wrote them: `InputDataConfig[0].DataSource.S3DataSource.S3Uri`. */
export const localLocations = (operation: Operation, request: unknown): readonly string[] => [...inValue(inputs[operation], request, '')];

function* inValue(structure: string, value: unknown, field: string): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [member, content] of Object.entries(value)) {
    const type = Object.hasOwn(structures[structure] ?? {}, member) ? structures[structure]?.[member] : undefined;
    if (type === undefined) continue;
    const path = field === '' ? member : `${field}.${member}`;
    if (ruleOf(structure, member).isLocation && isLocalLocation(content)) yield path;
    const below = type.replace(/(\[\]|\{\})?!?$/, '');
    if (!Array.isArray(content)) yield* inValue(below, content, path);
    else for (const [index, item] of content.entries()) yield* inValue(below, item, `${path}[${index}]`);
  }
}
