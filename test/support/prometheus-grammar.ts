import assert from 'node:assert/strict';

export interface Family {
  type: string;
  help: string;
  readonly samples: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/**
 * Reads the text strictly by the grammar of the text format 0.0.4: HELP and TYPE before all samples of a family, families in one piece, no
 * sample twice, names and values as they may be, a line end at the end. Name -> family.
 */
export function parsePrometheus(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family>();
  if (text === '') return families;
  assert.ok(text.endsWith('\n'), 'the last line has no end');
  let current: Family | undefined;
  let currentName = '';
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (comment) {
      const [, kind, name = '', rest = ''] = comment;
      if (name !== currentName) {
        assert.ok(!families.has(name), `${name} in two pieces`);
        current = { type: 'untyped', help: '', samples: [] };
        currentName = name;
        families.set(name, current);
      }
      assert.equal(current?.samples.length, 0, `${line}: after samples`);
      if (current && kind === 'HELP') current.help = rest;
      else if (current) {
        assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
        current.type = rest;
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/.exec(line);
    assert.ok(sample && current, `no sample: ${line}`);
    const [, name = '', labelText = '', value = ''] = sample;
    const suffixes = parts[current.type] ?? [''];
    assert.ok(
      suffixes.some((suffix) => name === currentName + suffix),
      `${name} among ${currentName}`,
    );
    assert.match(value, /^([+-]?Inf|NaN|[+-]?\d+(\.\d+)?(e[+-]?\d+)?)$/);
    assert.ok(!seen.has(name + labelText), `twice: ${line}`);
    seen.add(name + labelText);
    current.samples.push({ name, labels: labelsOf(labelText), value: Number(value.replace('Inf', 'Infinity')) });
  }
  return families;
}

const parts: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'] };

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/.exec(rest);
    assert.ok(label, `no label: ${rest}`);
    const [whole, name = '', value = ''] = label;
    labels[name] = value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
    rest = rest.slice(whole.length);
  }
  return labels;
}
