"""The AWS CLI: every command as from a shell, by its own entry point, but in one process, since starting it takes longer than most commands."""
import os
import re
import sys
import tempfile
import urllib.request

from awscli.clidriver import main

endpoint = sys.argv[1]


def aws(*arguments, stdin=b""):
    """Runs one command and returns what it printed."""
    saved = [os.dup(number) for number in (0, 1)]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as printed:
        given.write(stdin)
        given.seek(0)
        os.dup2(given.fileno(), 0)
        os.dup2(printed.fileno(), 1)
        sys.argv = ["aws", "--endpoint-url", endpoint, *arguments]
        try:
            code = main()
        finally:
            sys.stdout.flush()
            for number, copy in enumerate(saved):
                os.dup2(copy, number)
                os.close(copy)
        printed.seek(0)
        text = printed.read().decode()
    assert code == 0, f"aws {' '.join(arguments)}: {code}: {text}"
    return text


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def read(path):
    with open(path, "rb") as file:
        return file.read()


large = os.urandom(20 << 20)
for name, content in {"a b+c": b"small", "deep/ü": b"deep", "large": large}.items():
    write(f"tree/{name}", content)

aws("s3", "mb", "s3://cli-bucket")
assert re.search(r" cli-bucket\n", aws("s3", "ls"))
aws("s3", "cp", "--recursive", "--quiet", "tree", "s3://cli-bucket/tree")
listed = aws("s3", "ls", "--recursive", "s3://cli-bucket")
assert [line.split(maxsplit=2)[2] for line in listed.splitlines()] == ["5 tree/a b+c", "4 tree/deep/ü", "20971520 tree/large"], listed
assert "PRE deep/\n" in aws("s3", "ls", "s3://cli-bucket/tree/")
aws("s3", "cp", "--quiet", "s3://cli-bucket/tree/large", "s3://cli-bucket/copied")
aws("s3", "mv", "--recursive", "--quiet", "s3://cli-bucket/tree", "s3://cli-bucket/moved")
aws("s3", "sync", "--quiet", "s3://cli-bucket/moved", "back")
assert (read("back/large"), read("back/deep/ü"), read("back/a b+c")) == (large, b"deep", b"small")
write("back/new", b"new")
assert aws("s3", "sync", "--no-progress", "back", "s3://cli-bucket/moved") == "upload: back/new to s3://cli-bucket/moved/new\n"
aws("s3", "cp", "-", "s3://cli-bucket/piped", stdin=b"from stdin")
assert aws("s3", "cp", "s3://cli-bucket/piped", "-") == "from stdin"
with urllib.request.urlopen(aws("s3", "presign", "s3://cli-bucket/piped", "--expires-in", "60").strip()) as answer:
    assert answer.read() == b"from stdin"
aws("s3", "rm", "--quiet", "s3://cli-bucket/piped")
aws("s3", "rb", "--force", "s3://cli-bucket")
assert aws("s3", "ls") == ""
