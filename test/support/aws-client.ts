// Its only use is a warning of what newer versions will need; ours are pinned.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** What a client of AWS's SDK is made with, to talk to a server of a test. */
export const clientConfig = (endpoint: string, accessKeyId = 'test', region = 'us-east-1') => ({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey: 'test' },
  maxAttempts: 1,
});
