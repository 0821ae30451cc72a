/** Somebody's S3: MinIO, LocalStack, AWS, … */
export interface S3Endpoint {
  /** `http://127.0.0.1:9000`, `https://s3.eu-west-1.amazonaws.com` */
  readonly url: string;
  /** What requests are signed for; that in an address of AWS wins. */
  readonly region: string;
  /** Those that the AWS SDK finds by itself when neither these nor a profile are there. */
  readonly credentials?: S3Credentials;
  /** Of AWS's config files. */
  readonly profile?: string;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
