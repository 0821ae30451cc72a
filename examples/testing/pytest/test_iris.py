import json
import time

import pytest
from conftest import IRIS, client


def test_it_learns(job):
    [accuracy] = job["describe"]["FinalMetricDataList"]
    assert accuracy["Value"] > 0.8


def test_it_answers(endpoint):
    runtime = client("sagemaker-runtime", endpoint["url"])
    answer = runtime.invoke_endpoint(EndpointName=endpoint["endpoint"], ContentType="text/csv", Body="5.1,3.5,1.4,0.2")
    assert json.load(answer["Body"])["predictions"][0]["species"] == "setosa"


def test_it_refuses_what_is_no_flower(endpoint):
    runtime = client("sagemaker-runtime", endpoint["url"])
    with pytest.raises(runtime.exceptions.ModelError) as error:
        runtime.invoke_endpoint(EndpointName=endpoint["endpoint"], ContentType="text/csv", Body="a,b,c,d")
    assert error.value.response["OriginalStatusCode"] == 400


def test_it_says_why_it_fails(api, job):
    s3, sagemaker = client("s3", api), client("sagemaker", api)
    s3.create_bucket(Bucket="iris")
    s3.upload_file(f"{IRIS}/data/train/iris.csv", "iris", "train/iris.csv")
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://iris/train/"}
    sagemaker.create_training_job(
        TrainingJobName="failing",
        AlgorithmSpecification={
            "TrainingImage": job["describe"]["AlgorithmSpecification"]["TrainingImage"],
            "TrainingInputMode": "File",
        },
        RoleArn="arn:aws:iam::000000000000:role/any",
        HyperParameters={"epochs": "many"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": "s3://iris/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    assert 'hyperparameter "epochs" should be a number' in ended(sagemaker, "failing")["FailureReason"]


def ended(sagemaker, name):
    """boto3's own waiter asks every two minutes."""
    while (job := sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] == "InProgress":
        time.sleep(0.1)
    return job
