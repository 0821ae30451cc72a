import { oneLine } from './constraints-shared.ts';
import { pattern, type Rule, text } from './rules.ts';

/** A header of the runtime API: the member it carries, as AWS names it in errors, and what it must satisfy. */
export interface HeaderRule {
  readonly header: string;
  readonly field: string;
  readonly rule: Rule;
}

export type InvokeOperation = 'InvokeEndpoint' | 'InvokeEndpointWithResponseStream';

/** Source of all: API Reference, InvokeEndpoint, which says the same as the service model `sagemaker-runtime` 2017-05-13. */
const ascii = text(0, 1024, pattern('\\p{ASCII}*', 'hold only ASCII characters', '[\\x00-\\x7f]*'));
const printable = pattern('\\A\\S[\\p{Print}]*\\z', 'hold only printable ASCII and not begin with a space', '\\S[\\x20-\\x7e]*');
const name = text(
  0,
  63,
  pattern('^[a-zA-Z0-9](-*[a-zA-Z0-9])*', 'hold only letters, digits and hyphens, and begin and end with a letter or digit'),
);
const sessionText = '^[a-zA-Z0-9](-*[a-zA-Z0-9])*$';
const sessionWords = 'hold only letters, digits and hyphens';

/** Of the path, not of a header. */
export const endpointNameRule = name;

const ofBoth: readonly HeaderRule[] = [
  { header: 'content-type', field: 'contentType', rule: ascii },
  { header: 'x-amzn-sagemaker-custom-attributes', field: 'customAttributes', rule: ascii },
  { header: 'x-amzn-sagemaker-target-variant', field: 'targetVariant', rule: name },
  { header: 'x-amzn-sagemaker-target-container-hostname', field: 'targetContainerHostname', rule: name },
  { header: 'x-amzn-sagemaker-inference-id', field: 'inferenceId', rule: text(1, 64, printable) },
  {
    header: 'x-amzn-sagemaker-inference-component',
    field: 'inferenceComponentName',
    rule: text(0, 63, pattern('^[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?$', 'hold only letters, digits and hyphens')),
  },
  { header: 'x-amzn-sagemaker-prefix-aware-id', field: 'prefixAwareId', rule: text(1, 64) },
];

export const invokeHeaders: Readonly<Record<InvokeOperation, readonly HeaderRule[]>> = {
  InvokeEndpoint: [
    ...ofBoth,
    { header: 'accept', field: 'accept', rule: ascii },
    { header: 'x-amzn-sagemaker-target-model', field: 'targetModel', rule: text(1, 1024, printable) },
    { header: 'x-amzn-sagemaker-enable-explanations', field: 'enableExplanations', rule: text(1, 64, oneLine) },
    {
      header: 'x-amzn-sagemaker-session-id',
      field: 'sessionId',
      rule: text(0, 256, pattern(`^(NEW_SESSION)$|${sessionText}`, `be NEW_SESSION or ${sessionWords}`)),
    },
  ],
  InvokeEndpointWithResponseStream: [
    ...ofBoth,
    { header: 'x-amzn-sagemaker-accept', field: 'accept', rule: ascii },
    { header: 'x-amzn-sagemaker-session-id', field: 'sessionId', rule: text(0, 256, pattern(sessionText, sessionWords)) },
  ],
};
