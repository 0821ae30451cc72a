import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What docs/json.md says of an event. */
export interface DocumentedEvent {
  readonly event: string;
  /** `every` for all. */
  readonly commands: readonly string[];
  /** Member -> its type, and whether it may be missing. */
  readonly members: ReadonlyMap<string, { readonly type: string; readonly isOptional: boolean }>;
}

const page = fileURLToPath(import.meta.resolve('#docs/json.md'));

/** The events of the page, in its order. */
export function documentedEvents(): readonly DocumentedEvent[] {
  const sections = readFileSync(page, 'utf8').split(/^### /m).slice(1);
  return sections.map((section) => {
    const [heading = ''] = section.split('\n', 1);
    const [, event = '', of = ''] = /^`(\w+)` of (.*)$/.exec(heading) ?? [];
    const commands = of === 'every command' ? ['every'] : [...of.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    const rows = [...section.matchAll(/^\| `(\w+)(\??)` \| (\w+) \|/gm)];
    const members = new Map(rows.map(([, name = '', mark, type = '']) => [name, { type, isOptional: mark === '?' }]));
    return { event, commands, members };
  });
}

let documented: readonly DocumentedEvent[] | undefined;

/** Fails for a line of `--json` that the page does not have so. Returns what the page has of each line. */
export function checkJsonLines(command: string, out: string): readonly DocumentedEvent[] {
  documented ??= documentedEvents();
  const all = documented;
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { time, event, ...members } = JSON.parse(line) as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, line);
    const known = all.find((each) => each.event === event && (each.commands.includes(command) || each.commands[0] === 'every'));
    assert.ok(known, `docs/json.md has no ${JSON.stringify(event)} of ${command}: ${line}`);
    for (const [name, value] of Object.entries(members))
      assert.equal(typeOf(value), known.members.get(name)?.type, `${name} of ${known.event} of ${command}: ${line}`);
    for (const [name, { isOptional }] of known.members)
      assert.ok(isOptional || name in members, `${name} of ${known.event} of ${command} is missing: ${line}`);
    return known;
  });
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'text' : typeof value;
}
