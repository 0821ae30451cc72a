import type { MetricDefinition } from '@aws-sdk/client-sagemaker';
import { fail } from '../errors.ts';

/** Told of each data point of a line. */
export type OnMetric = (name: string, value: number) => void;

/**
 * Reads metrics out of log lines: every match of every definition's regex is one data point, whose value is the first capture
 * group. What is not a number is no data point. Source: "Monitor and Analyze Training Jobs Using Amazon CloudWatch Metrics"; the
 * dialect is not documented, and AWS's examples mean the same in JavaScript. Errors: InvalidRequest for a regex that cannot be read.
 */
export function metricExtractor(definitions: readonly MetricDefinition[]): (line: string, onMetric: OnMetric) => void {
  const expressions = definitions.map(({ Name: name = '', Regex: regex = '' }) => ({ name, expression: compile(name, regex) }));
  return (line, onMetric) => {
    for (const { name, expression } of expressions) {
      // Neither `matchAll`, which makes a copy of the expression for each line, nor a list of what was found: that is half of the time.
      expression.lastIndex = 0;
      for (let match = expression.exec(line); match !== null; match = expression.exec(line)) {
        const value = numberIn(match[1]);
        if (value !== undefined) onMetric(name, value);
        if (match[0] === '') expression.lastIndex += 1; // it would be found for ever
      }
    }
  };
}

function compile(name: string, regex: string): RegExp {
  try {
    return new RegExp(regex, 'g');
  } catch (error) {
    const message = `The regular expression of the metric definition ${JSON.stringify(name)} cannot be used: ${regex}`;
    const remedy = `Correct it (${String(error)}). Inline flags such as (?i) and groups written (?P<name>…) do not exist here.`;
    throw fail('InvalidRequest', { message, remedy }, error);
  }
}

/** Decimal numbers, with blanks around them perhaps: `Number` takes `0x10` too, and nothing for 0. Infinite values cannot be stored. */
function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const plain = plainDecimal(text);
  if (plain !== undefined) return plain;
  if (!decimal.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Each digit has one place in it, so that a long line that is none is seen to be none at once. */
const decimal = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;

/**
 * What `Number` makes of `0.125`, in a third of the time, which is a tenth of all that taking metrics out of a log takes: as many digits as these a
 * double holds exactly, and a power of ten too, so that their quotient is the double next to the value. Undefined for any other text.
 */
function plainDecimal(text: string): number | undefined {
  if (text.length > 15) return undefined;
  let digits = 0;
  let count = 0;
  let point = -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      digits = digits * 10 + code - 48;
      count += 1;
    } else if (code === 46 && point === -1) {
      point = count;
    } else {
      return undefined;
    }
  }
  if (count === 0) return undefined;
  return point === -1 ? digits : digits / (powersOfTen[count - point] as number);
}

const powersOfTen = Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));
