"""boto3 as a process: many checks in one, since starting it takes longer than all of them. Says what failed, one line each."""
import hashlib
import io
import sys
import warnings

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

warnings.filterwarnings("ignore")
endpoint = sys.argv[1]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
    config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
)
B = "boto-bucket"
checks = []


def check(function):
    checks.append(function)


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return None


@check
def bucket():
    assert code_of(s3.head_bucket, Bucket=B) == ("404", 404)
    s3.create_bucket(Bucket=B)
    s3.create_bucket(Bucket=B)
    s3.head_bucket(Bucket=B, ExpectedBucketOwner="000000000000")
    assert code_of(s3.head_bucket, Bucket=B, ExpectedBucketOwner="111111111111") == ("403", 403)
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == [B]
    assert s3.list_buckets()["Buckets"][0]["CreationDate"].year > 2020
    assert s3.get_bucket_location(Bucket=B)["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket=B)
    assert code_of(s3.get_bucket_policy, Bucket=B)[0] == "NoSuchBucketPolicy"
    assert code_of(s3.put_bucket_versioning, Bucket=B, VersioningConfiguration={"Status": "Enabled"}) == ("NotImplemented", 501)
    other = boto3.client("s3", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id="t", aws_secret_access_key="t")
    other.create_bucket(Bucket="boto-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert other.get_bucket_location(Bucket="boto-eu")["LocationConstraint"] == "eu-west-1"
    other.delete_bucket(Bucket="boto-eu")


@check
def objects():
    put = s3.put_object(Bucket=B, Key="dir/a b+c%ü.txt", Body=b"hello", ContentType="text/plain", Metadata={"x": "1"}, Tagging="t=1", ServerSideEncryption="aws:kms", ExpectedBucketOwner="000000000000")
    assert put["ETag"] == '"%s"' % hashlib.md5(b"hello").hexdigest() and put["ServerSideEncryption"] == "aws:kms"
    got = s3.get_object(Bucket=B, Key="dir/a b+c%ü.txt")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"hello", "text/plain", {"x": "1"})
    assert s3.get_object(Bucket=B, Key="dir/a b+c%ü.txt", Range="bytes=-3")["Body"].read() == b"llo"
    assert code_of(s3.get_object, Bucket=B, Key="none") == ("NoSuchKey", 404)
    assert code_of(s3.head_object, Bucket=B, Key="none") == ("404", 404)
    assert code_of(s3.get_object, Bucket=B, Key="dir/a b+c%ü.txt", IfNoneMatch=put["ETag"])[1] == 304
    assert code_of(s3.get_object, Bucket=B, Key="dir/a b+c%ü.txt", IfMatch='"x"')[1] == 412
    s3.put_object(Bucket=B, Key="empty")
    assert s3.head_object(Bucket=B, Key="empty")["ContentLength"] == 0
    s3.upload_fileobj(io.BytesIO(b"stream"), B, "stream")
    assert s3.get_object(Bucket=B, Key="stream")["Body"].read() == b"stream"
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket=B, Key="sum", Body=b"abc", ChecksumAlgorithm=algorithm)
        assert s3.head_object(Bucket=B, Key="sum", ChecksumMode="ENABLED")["Checksum" + algorithm]
        assert s3.get_object(Bucket=B, Key="sum", ChecksumMode="ENABLED")["Body"].read() == b"abc"
    assert s3.get_object_attributes(Bucket=B, Key="sum", ObjectAttributes=["ETag", "Checksum", "ObjectSize"])["ObjectSize"] == 3


@check
def odd_keys():
    keys = ["a", "a/", "a/b", "a//b", "/a", "..", "../x", "\n", "ü/🙂", "k" * 1024, "a?b#c", "<&>\""]
    for key in keys:
        s3.put_object(Bucket=B, Key=key, Body=key.encode())
    for key in keys:
        assert s3.get_object(Bucket=B, Key=key)["Body"].read().decode() == key
    listed = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=B, PaginationConfig={"PageSize": 3}) for o in page["Contents"]]
    assert set(keys) <= set(listed) and listed == sorted(listed, key=lambda k: k.encode()), listed
    old = [o.key for o in boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t").Bucket(B).objects.filter(Prefix="a/")]
    assert old == ["a/", "a//b", "a/b"], old
    grouped = s3.list_objects_v2(Bucket=B, Delimiter="/", Prefix="a/")
    assert [p["Prefix"] for p in grouped["CommonPrefixes"]] == ["a//"] and grouped["KeyCount"] == 3
    deleted = s3.delete_objects(Bucket=B, Delete={"Objects": [{"Key": k} for k in keys]})
    assert len(deleted["Deleted"]) == len(keys)


@check
def copies():
    s3.put_object(Bucket=B, Key="source ü+", Body=b"abc", Metadata={"a": "1"})
    s3.copy_object(Bucket=B, Key="copy", CopySource={"Bucket": B, "Key": "source ü+"})
    assert s3.head_object(Bucket=B, Key="copy")["Metadata"] == {"a": "1"}
    s3.copy({"Bucket": B, "Key": "source ü+"}, B, "copy-2")
    assert code_of(s3.copy_object, Bucket=B, Key="copy", CopySource=B + "/none")[0] == "NoSuchKey"


@check
def tags():
    s3.put_object(Bucket=B, Key="tagged", Body=b"")
    s3.put_object_tagging(Bucket=B, Key="tagged", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    assert s3.get_object_tagging(Bucket=B, Key="tagged")["TagSet"] == [{"Key": "k", "Value": "v"}]
    s3.delete_object_tagging(Bucket=B, Key="tagged")
    assert s3.get_object_tagging(Bucket=B, Key="tagged")["TagSet"] == []


@check
def multipart():
    content = bytes(range(256)) * 4096 * 20
    config = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20)
    for arguments in ({}, {"ChecksumAlgorithm": "SHA256"}):
        s3.upload_fileobj(io.BytesIO(content), B, "big", Config=config, ExtraArgs=arguments)
        head = s3.head_object(Bucket=B, Key="big")
        assert head["ETag"].endswith('-3"') and head["ContentLength"] == len(content), head
        out = io.BytesIO()
        s3.download_fileobj(B, "big", out, Config=config)
        assert out.getvalue() == content
    s3.copy({"Bucket": B, "Key": "big"}, B, "big-copy", Config=config)
    assert s3.head_object(Bucket=B, Key="big-copy")["ETag"] == head["ETag"]
    assert s3.get_object(Bucket=B, Key="big", PartNumber=3)["PartsCount"] == 3
    upload = s3.create_multipart_upload(Bucket=B, Key="part")["UploadId"]
    s3.upload_part(Bucket=B, Key="part", UploadId=upload, PartNumber=1, Body=b"abc")
    assert [p["Size"] for p in s3.list_parts(Bucket=B, Key="part", UploadId=upload)["Parts"]] == [3]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=B)["Uploads"]] == ["part"]
    s3.abort_multipart_upload(Bucket=B, Key="part", UploadId=upload)
    assert code_of(s3.abort_multipart_upload, Bucket=B, Key="part", UploadId=upload) == ("NoSuchUpload", 404)


@check
def presigned():
    import urllib.request

    url = s3.generate_presigned_url("put_object", Params={"Bucket": B, "Key": "signed"})
    urllib.request.urlopen(urllib.request.Request(url, data=b"abc", method="PUT")).close()
    for version in ("s3v4", "s3"):
        signer = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t", config=Config(signature_version=version))
        with urllib.request.urlopen(signer.generate_presigned_url("get_object", Params={"Bucket": B, "Key": "signed", "ResponseContentType": "text/csv"})) as answer:
            assert (answer.read(), answer.headers["Content-Type"]) == (b"abc", "text/csv")


@check
def nothing_left():
    assert code_of(s3.delete_bucket, Bucket=B) == ("BucketNotEmpty", 409)
    boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t").Bucket(B).objects.all().delete()
    s3.delete_bucket(Bucket=B)


for function in checks:
    try:
        function()
    except Exception as error:
        import traceback

        frame = traceback.extract_tb(error.__traceback__)[1 if len(traceback.extract_tb(error.__traceback__)) > 1 else 0]
        print(f"{function.__name__}, line {frame.lineno}: {frame.line}: {error!r}")
