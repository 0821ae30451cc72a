"""What people do with the SageMaker Python SDK, one function a flow, in the order in which they are run.

    python3 scripts/sagemaker-python-sdk/flows.py SDK-SOURCE

plays them against the AWS that the environment leads to: run `eval "$(sm-local env)"` first, and set IMAGE to an image of examples/iris.
The role is named, since `get_execution_role()` asks the real STS whatever the environment says; `role` shows a way around that.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "iris"
ROLE = "arn:aws:iam::000000000000:role/sm-local"
SAMPLES = (EXAMPLE / "samples.csv").read_text()
METRICS = [
    {"Name": "train:loss", "Regex": "train:loss=([0-9.]+)"},
    {"Name": "validation:accuracy", "Regex": "validation:accuracy=([0-9.]+)"},
]


class User:
    """One who has a session and remembers what they have made."""

    def __init__(self):
        import sagemaker

        self.image = os.environ["IMAGE"]
        self.session = sagemaker.Session()

    def estimator(self, **more):
        from sagemaker.estimator import Estimator

        return Estimator(
            image_uri=self.image,
            role=ROLE,
            instance_count=1,
            instance_type="ml.m5.large",
            sagemaker_session=self.session,
            metric_definitions=METRICS,
            **more,
        )


def session(user):
    user.bucket = user.session.default_bucket()
    assert user.bucket == user.session.default_bucket()


def data(user):
    user.train = user.session.upload_data(str(EXAMPLE / "data/train"), key_prefix="iris/train")
    user.validation = user.session.upload_data(str(EXAMPLE / "data/validation"), key_prefix="iris/validation")
    note = user.session.upload_string_as_file_body("Iris setosa, versicolor, virginica", user.bucket, "iris/note.txt")
    assert note == f"s3://{user.bucket}/iris/note.txt"
    assert user.session.list_s3_files(user.bucket, "iris/train") == ["iris/train/iris.csv"]
    assert user.session.read_s3_file(user.bucket, "iris/note.txt").startswith("Iris")
    with tempfile.TemporaryDirectory() as directory:
        user.session.download_data(directory, user.bucket, key_prefix="iris/train")
        assert (Path(directory) / "iris.csv").read_bytes() == (EXAMPLE / "data/train/iris.csv").read_bytes()


def fit_with_logs(user):
    from sagemaker.inputs import TrainingInput

    user.trained = user.estimator(
        base_job_name="iris",
        output_path=f"s3://{user.bucket}/iris/output",
        hyperparameters={"epochs": 20, "learning-rate": 2.5},
        environment={"STAGE": "local"},
        max_run=600,
        tags=[{"Key": "project", "Value": "iris"}],
    )
    channels = {
        "train": TrainingInput(user.train, content_type="text/csv", distribution="FullyReplicated"),
        "validation": TrainingInput(user.validation, content_type="text/csv"),
    }
    user.trained.fit(channels, wait=True, logs="All")
    job = user.trained.latest_training_job.describe()
    assert job["TrainingJobStatus"] == "Completed", job
    assert user.trained.model_data.endswith("/output/model.tar.gz")
    found = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert found["validation:accuracy"] > 0.9, found
    with tempfile.TemporaryDirectory() as directory:
        user.session.download_data(directory, user.bucket, key_prefix=user.trained.model_data.split("/", 3)[3])
        assert (Path(directory) / "model.tar.gz").stat().st_size > 0


def fit_and_attach(user):
    from sagemaker.estimator import Estimator

    estimator = user.estimator(hyperparameters={"epochs": 5}, disable_profiler=True)
    estimator.fit({"train": user.train, "validation": user.validation}, job_name="iris-attached", wait=True, logs=False)
    user.attached = Estimator.attach("iris-attached", sagemaker_session=user.session)
    assert user.attached.hyperparameters()["epochs"] == "5"
    assert user.attached.model_data == estimator.model_data


def analytics(user):
    from sagemaker.analytics import TrainingJobAnalytics

    job = user.trained.latest_training_job.name
    found = TrainingJobAnalytics(job, ["validation:accuracy"], sagemaker_session=user.session)
    found.dataframe()
    assert found._data["value"], "what the frame is made of; without pandas there is no frame to look at"


def framework(user):
    from sagemaker.pytorch import PyTorch

    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "train.py").write_text("print('from the source directory')\n")
        estimator = PyTorch(
            entry_point="train.py",
            source_dir=directory,
            image_uri=user.image,
            framework_version="2.3",
            py_version="py311",
            role=ROLE,
            instance_count=1,
            instance_type="ml.m5.large",
            sagemaker_session=user.session,
            hyperparameters={"epochs": 5},
        )
        estimator.fit({"train": user.train, "validation": user.validation}, job_name="iris-framework", logs=False)
    assert estimator.latest_training_job.describe()["TrainingJobStatus"] == "Completed"


def stop(user):
    estimator = user.estimator(hyperparameters={"epochs": 1_000_000})
    estimator.fit({"train": user.train, "validation": user.validation}, job_name="iris-stopped", wait=False)
    user.session.stop_training_job("iris-stopped")
    user.session.wait_for_job("iris-stopped", poll=1)


def deploy(user):
    from sagemaker.serializers import CSVSerializer

    user.predictor = user.trained.deploy(
        initial_instance_count=1,
        instance_type="ml.m5.large",
        endpoint_name="iris",
        model_name="iris",
        serializer=CSVSerializer(),
        tags=[{"Key": "project", "Value": "iris"}],
    )
    found = json.loads(user.predictor.predict(SAMPLES))
    assert [one["species"] for one in found["predictions"]] == ["setosa", "versicolor", "virginica"], found
    streamed = b"".join(user.predictor.predict_stream(SAMPLES))
    assert json.loads(streamed) == found


def model(user):
    from sagemaker.model import Model

    made = Model(image_uri=user.image, model_data=user.attached.model_data, role=ROLE, name="iris-5-epochs", sagemaker_session=user.session)
    made.create(instance_type="ml.m5.large", tags=[{"Key": "project", "Value": "iris"}])
    user.model = made


def update(user):
    user.predictor.update_endpoint(initial_instance_count=2, instance_type="ml.m5.large", model_name=user.model.name)
    assert len(json.loads(user.predictor.predict(SAMPLES))["predictions"]) == 3


def tags(user):
    arn = user.session.sagemaker_client.describe_endpoint(EndpointName="iris")["EndpointArn"]
    assert {"Key": "project", "Value": "iris"} in user.session.list_tags(arn)


def delete(user):
    user.predictor.delete_model()
    user.predictor.delete_endpoint(delete_endpoint_config=True)


def role(user):
    """The session asks the real STS by its full address; one that forgets the address asks whom everybody else asks."""
    import boto3
    import sagemaker

    class LocalSession(boto3.Session):
        def client(self, name, **given):
            given.pop("endpoint_url", None)
            return super().client(name, **given)

    own = sagemaker.Session(boto_session=LocalSession())
    assert sagemaker.get_execution_role(own).startswith("arn:aws:iam::000000000000:role/")
    assert own.account_id() == "000000000000"


FLOWS = [session, data, fit_with_logs, fit_and_attach, analytics, framework, stop, deploy, model, update, tags, delete, role]


def main():
    import stand_ins

    print("SageMaker Python SDK", stand_ins.install(sys.argv[1]))
    user = User()
    for flow in FLOWS:
        print("---", flow.__name__, flush=True)
        flow(user)


if __name__ == "__main__":
    main()
