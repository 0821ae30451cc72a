"""Lets the SageMaker Python SDK be imported from its source where not all of its dependencies are installed.

`install(source)` puts the SDK's `src` on the path, and in place of each package that is missing and that the flows here do not use, a
module whose every name is an empty class. A package that is installed is used. Nothing of the SDK or of boto3 is changed.
"""

import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import sys
import types
from pathlib import Path

REPLACEABLE = """
    fastapi google graphene importlib_metadata omegaconf pandas pasta pathos platformdirs psutil pytz sagemaker_core schema
    smdebug_rulesconfig tblib tqdm uvicorn
""".split()
# Made for protobuf; only algorithms of Amazon's own read and write such records.
WITHOUT_PROTOBUF = "sagemaker.amazon.record_pb2"


class Anything:
    def __init__(self, *_args, **_named):
        pass

    def __call__(self, *_args, **_named):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class StandIn(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (Anything,), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, missing, version):
        self.missing = missing
        self.contents = {
            "importlib_metadata": {"version": lambda name: version if name == "sagemaker" else importlib.metadata.version(name)},
            # Where the SDK looks for configurations of this machine: it shall find none but the one that the environment names.
            "platformdirs": {name: lambda app: os.path.join(os.devnull, app) for name in ("site_config_dir", "user_config_dir")},
        }

    def find_spec(self, name, _path, _target=None):
        if name in self.missing or name.split(".")[0] in self.missing:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        vars(module).update(self.contents.get(module.__name__, {}))


def install(source):
    """`source`: a checkout of github.com/aws/sagemaker-python-sdk, of the line v2. Returns its version."""
    version = (Path(source) / "VERSION").read_text().strip()
    missing = {name for name in REPLACEABLE if importlib.util.find_spec(name) is None}
    # Its own version is asked for by name, which only an installed SDK has.
    missing |= {"importlib_metadata", "platformdirs"} | ({WITHOUT_PROTOBUF} if "google" in missing else set())
    sys.meta_path.insert(0, Finder(missing, version))
    sys.path.insert(0, str(Path(source) / "src"))
    return version
